"use client";

import { useQuery } from "@tanstack/react-query";
import { type FormEvent, useEffect, useState } from "react";
import { Button } from "@/ui/controls/button";
import { Field, fieldText } from "@/ui/controls/field";
import { PasswordField } from "@/ui/controls/password-field";
import { useNow } from "@/ui/hooks/timers";
import { useFirstFocus } from "@/ui/hooks/use-first-focus";
import { useIsHydrated } from "@/ui/hooks/use-is-hydrated";
import { useTRPC } from "@/ui/rpc/provider";
import { continueToDestination, mayContinue, useDestinationName } from "./destination";
import { requestSignIn, type SignInResult } from "./sign-in-request";

/** The sign-in page: at /sign-in, and instead of every page under /admin while signed out. */
export function SignIn() {
  const trpc = useTRPC();
  const destination = useDestinationName();
  // The session may have been replaced while the page loaded, or begun in another tab since.
  const me = useQuery(
    trpc.account.me.queryOptions(undefined, { enabled: destination !== null, refetchOnWindowFocus: true }),
  );
  const isSignedIn = me.data !== undefined && me.data !== null && mayContinue();
  useEffect(() => {
    if (isSignedIn) continueToDestination();
  }, [isSignedIn]);

  return (
    <div className="mx-auto w-full max-w-[22rem] pt-[min(14vh,7rem)] pb-10">
      <h1 className="text-2xl font-semibold tracking-tight">Sign in</h1>
      <p className="mt-1.5 mb-6 min-h-5 truncate text-muted" title={destination ?? undefined}>
        {isSignedIn ? (
          "You are already signed in. Redirecting…"
        ) : destination === null || destination === "/admin" ? (
          <span>to open the dashboard</span>
        ) : (
          <span>
            to continue to <span className="font-mono text-[13px]">{destination}</span>
          </span>
        )}
      </p>
      <SignInForm />
      <details className="mt-8 border-t border-line pt-3 text-muted">
        <summary className="cursor-pointer hover:text-ink">No account, or forgot your password?</summary>
        <p className="mt-2">An administrator can create an account for you or reset your password.</p>
        <p className="mt-2">
          When the server starts for the first time, it prints the email and password of the first administrator to its
          terminal. If you no longer have them, run{" "}
          <code className="rounded bg-sunken px-1 py-0.5 font-mono text-xs whitespace-nowrap text-ink">
            npm run weir -- admin reset EMAIL
          </code>{" "}
          to reset the password.
        </p>
      </details>
    </div>
  );
}

type Trouble = Exclude<SignInResult, { kind: "signedIn" }>;

/** One sentence that says what to do and does not reveal which accounts exist. */
function inWords(trouble: Trouble, secondsLeft: number): string | null {
  switch (trouble.kind) {
    case "refused":
      return "The email address or the password is wrong.";
    case "limited":
      return secondsLeft === 0
        ? null
        : `Too many attempts. Wait ${secondsLeft} ${secondsLeft === 1 ? "second" : "seconds"}, then try again.`;
    case "foreign":
      return `Sign-in from ${location.origin} is not allowed. Open the address in PUBLIC_ORIGIN instead.`;
    case "busy":
      return "The server is busy. Try again in a moment.";
    case "offline":
      return "The server is unreachable. Check your connection and that the server is running.";
    case "failed":
      return `Server error.${trouble.requestId === null ? "" : ` See the server log for request ${trouble.requestId}.`}`;
  }
}

/** Email and password. Without JavaScript it sends nothing: the server accepts JSON only. */
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
    const result = await requestSignIn(fieldText(typed, "email").trim(), fieldText(typed, "password"));
    // Stay busy: the page is about to be replaced.
    if (result.kind === "signedIn") return continueToDestination();
    setBusy(false);
    setTrouble(result);
    if (result.kind === "limited") start(result.retryAfterSeconds);
    const password = form.current?.querySelector<HTMLInputElement>('[name="password"]');
    password?.focus();
    if (result.kind === "refused") password?.select();
  }

  const said = trouble === null ? null : inWords(trouble, secondsLeft);
  return (
    // The method keeps the password out of the URL even if the browser submits the form natively.
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
        // Before hydration, Enter or a click would submit the form natively.
        disabled={!isHydrated}
        aria-disabled={isBusy || secondsLeft > 0}
      >
        {isBusy ? "Signing in…" : "Sign in"}
      </Button>
      <noscript>
        <p className="text-muted">Signing in requires JavaScript.</p>
      </noscript>
    </form>
  );
}

/** Counts down from the seconds last passed to `start`; zero once they have elapsed. */
function useCountdown(): { secondsLeft: number; start: (seconds: number) => void } {
  const [endsAtMs, setEndsAtMs] = useState(0);
  const nowMs = useNow(endsAtMs === 0 ? 0 : 250);
  const secondsLeft = endsAtMs === 0 ? 0 : Math.max(0, Math.ceil((endsAtMs - nowMs) / 1000));
  if (endsAtMs !== 0 && secondsLeft === 0) setEndsAtMs(0);
  return { secondsLeft, start: (seconds) => setEndsAtMs(Date.now() + seconds * 1000) };
}
