"use client";

import { useQuery } from "@tanstack/react-query";
import { useEffect } from "react";
import { useTRPC } from "@/ui/rpc/provider";
import { SignInForm } from "./sign-in-form";
import { goOn, useDestinationName } from "./use-destination";

/** The prompt: at /sign-in, and in place of every page under /admin for those who are signed out. */
export function SignIn() {
  const trpc = useTRPC();
  const destination = useDestinationName();
  const isPrompt = destination !== null && location.pathname.startsWith("/sign-in");
  // In place of another page the server has said already that nobody is signed in; asking again could go in circles.
  const me = useQuery(trpc.account.me.queryOptions(undefined, { enabled: isPrompt }));
  const isSignedIn = isPrompt && me.data !== undefined && me.data !== null;
  useEffect(() => {
    if (isSignedIn) goOn();
  }, [isSignedIn]);

  return (
    <div className="mx-auto w-full max-w-[22rem] pt-[min(14vh,7rem)] pb-10">
      <h1 className="text-2xl font-semibold tracking-tight">Sign in</h1>
      <p className="mt-1.5 mb-6 min-h-5 truncate text-muted" title={destination ?? undefined}>
        {isSignedIn ? (
          "You are signed in already. One moment …"
        ) : destination === null || destination === "/admin" ? (
          "to the dashboard"
        ) : (
          <>
            and go on to <span className="font-mono text-[13px]">{destination}</span>
          </>
        )}
      </p>
      <SignInForm />
      <details className="mt-8 border-t border-line pt-3 text-muted">
        <summary className="cursor-pointer hover:text-ink">No account, or the password is lost?</summary>
        <p className="mt-2">Accounts are made by an administrator, who can also give you a new password.</p>
        <p className="mt-2">
          On a server that was just started, the first administrator’s email and password were printed where it was
          started, once. If they are gone,{" "}
          <code className="rounded bg-sunken px-1 py-0.5 font-mono text-xs whitespace-nowrap text-ink">
            npm run weir -- admin reset EMAIL
          </code>{" "}
          makes a new one.
        </p>
      </details>
    </div>
  );
}
