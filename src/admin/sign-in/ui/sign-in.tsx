"use client";

import { useQuery } from "@tanstack/react-query";
import { type FormEvent, useEffect, useState } from "react";
import { useTRPC } from "@/ui/rpc/provider";
import { goOn, useDestinationName } from "./destination";
import { Button } from "@/ui/controls/button";
import { Field, fieldText } from "@/ui/controls/field";
import { PasswordField } from "@/ui/controls/password-field";
import { useFirstFocus } from "@/ui/hooks/use-first-focus";
import { useIsHydrated } from "@/ui/hooks/use-is-hydrated";
import { requestSignIn, type SignInAnswer } from "./sign-in-request";
import { useNow } from "@/ui/hooks/timers";

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

type Trouble = Exclude<SignInAnswer, { kind: "signedIn" }>;

/** One sentence that says what to do, and nothing about which accounts there are. */
function inWords(trouble: Trouble, secondsLeft: number): string | null {
  switch (trouble.kind) {
    case "refused":
      return "This email and password do not sign in here. Check both and try again.";
    case "limited":
      return secondsLeft === 0
        ? null
        : `Too many attempts. Wait ${secondsLeft} ${secondsLeft === 1 ? "second" : "seconds"}, then try again.`;
    case "foreign":
      return `This server takes no sign-in from ${location.origin}. Open it under its own address, which PUBLIC_ORIGIN names.`;
    case "busy":
      return "The server is busy. Try again in a moment.";
    case "offline":
      return "The server cannot be reached. Check that it runs and that you are connected.";
    case "failed":
      return `Something went wrong on the server.${trouble.requestId === null ? "" : ` Its log has the reason under ${trouble.requestId}.`}`;
  }
}

/** Email and password. Without scripts it sends nothing: the server takes JSON only. */
function SignInForm() {
  const isHydrated = useIsHydrated();
  const [isBusy, setBusy] = useState(false);
  const [trouble, setTrouble] = useState<Trouble | null>(null);
  const { secondsLeft, start } = useCountdown();
  const form = useFirstFocus<HTMLFormElement>(true);

  async function submit(event: FormEvent<HTMLFormElement>): Promise<void> {
    event.preventDefault();
    if (isBusy || secondsLeft > 0) return;
    const typed = event.currentTarget;
    setBusy(true);
    const answer = await requestSignIn(fieldText(typed, "email").trim(), fieldText(typed, "password"));
    // Stays busy: the page is about to be replaced.
    if (answer.kind === "signedIn") return goOn();
    setBusy(false);
    setTrouble(answer);
    if (answer.kind === "limited") start(answer.retryAfterSeconds);
    const password = form.current?.querySelector<HTMLInputElement>('[name="password"]');
    password?.focus();
    if (answer.kind === "refused") password?.select();
  }

  const said = trouble === null ? null : inWords(trouble, secondsLeft);
  return (
    // The method keeps a password out of the address even if a browser sent this form by itself.
    <form ref={form} method="post" className="space-y-4" onSubmit={(event) => void submit(event)}>
      <Field
        label="Email"
        name="email"
        type="email"
        autoComplete="username"
        autoCapitalize="none"
        spellCheck={false}
        maxLength={254}
        required
      />
      <PasswordField label="Password" name="password" autoComplete="current-password" maxLength={256} />
      <div role="alert" className="empty:hidden" data-trouble={said === null ? undefined : trouble?.kind}>
        {said === null ? null : <p className="border-l-2 border-act pl-2.5 tabular-nums">{said}</p>}
      </div>
      <Button
        type="submit"
        tone="primary"
        className="h-9 w-full"
        isBusy={isBusy}
        // Until the scripts run, Enter and a press would make the browser send the form.
        disabled={!isHydrated}
        aria-disabled={isBusy || secondsLeft > 0}
      >
        {isBusy ? "Signing in …" : "Sign in"}
      </Button>
      <noscript>
        <p className="text-muted">Signing in needs JavaScript: the server accepts nothing but JSON from a page.</p>
      </noscript>
    </form>
  );
}

/** Whole seconds left until the moment last given to `start`; zero when it has passed. */
function useCountdown(): { secondsLeft: number; start: (seconds: number) => void } {
  const [endsAtMs, setEndsAtMs] = useState(0);
  const nowMs = useNow(endsAtMs === 0 ? 0 : 250);
  const secondsLeft = endsAtMs === 0 ? 0 : Math.max(0, Math.ceil((endsAtMs - nowMs) / 1000));
  if (endsAtMs !== 0 && secondsLeft === 0) setEndsAtMs(0);
  return { secondsLeft, start: (seconds) => setEndsAtMs(Date.now() + seconds * 1000) };
}
