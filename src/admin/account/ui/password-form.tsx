"use client";

import { useMutation, useQueryClient } from "@tanstack/react-query";
import { type FormEvent, useRef, useState } from "react";
import { longestPassword, passwordProblem, passwordRule } from "@/server/auth/password-rule.js";
import { Button } from "@/ui/controls/button";
import { fieldText } from "@/ui/controls/field";
import { PasswordField } from "@/ui/controls/password-field";
import { ProblemNotice } from "@/ui/feedback/problem-notice";
import { StatusLine } from "@/ui/feedback/status-line";
import { useIsHydrated } from "@/ui/hooks/use-is-hydrated";
import { useFirstFocus } from "@/ui/hooks/use-first-focus";
import { describeProblem } from "@/ui/rpc/problem";
import { useTRPC } from "@/ui/rpc/provider";

type Props = {
  email: string;
  name: string;
  /** The current password was set by an administrator and has to be replaced. */
  isTemporary: boolean;
  onChanged?: () => void;
};

/** Changes the password, which ends the other sessions. */
export function PasswordForm({ email, name, isTemporary, onChanged }: Props) {
  const trpc = useTRPC();
  const queries = useQueryClient();
  const isHydrated = useIsHydrated();
  const form = useFirstFocus<HTMLFormElement>(isTemporary);
  const [said, setSaid] = useState<string | null>(null);
  const problem = useRef<string | null>(null);
  const [refusal, setRefusal] = useState<string | null>(null);
  const change = useMutation(trpc.account.changePassword.mutationOptions());
  const refused = describeProblem(change.error);
  // The server estimates how easy the password is to guess.
  const isWeak = refused.code === "PASSWORD_WEAK";
  const submit = (event: FormEvent<HTMLFormElement>): void => {
    event.preventDefault();
    if (change.isPending) return;
    const typed = event.currentTarget;
    setSaid(null);
    setRefusal(problem.current);
    if (problem.current !== null) {
      form.current?.querySelector<HTMLInputElement>('[name="newPassword"]')?.focus();
      return;
    }
    const passwords = {
      currentPassword: fieldText(typed, "currentPassword"),
      newPassword: fieldText(typed, "newPassword"),
    };
    change.mutate(passwords, {
      onSuccess: () => {
        typed.reset();
        setSaid("Password changed. All other sessions were signed out.");
        void queries.invalidateQueries({ queryKey: trpc.account.pathKey() });
        onChanged?.();
      },
    });
  };
  return (
    <form ref={form} method="post" onSubmit={submit} className="max-w-sm space-y-4">
      {/* Tells password managers which account this is. */}
      <input type="text" name="username" autoComplete="username" value={email} readOnly hidden />
      <PasswordField
        label={isTemporary ? "Temporary password" : "Current password"}
        name="currentPassword"
        autoComplete="current-password"
      />
      <NewPasswordField
        name="newPassword"
        personal={[email, name]}
        problem={refusal === null ? (isWeak ? refused.detail : null) : `The new password ${refusal}.`}
        onValidated={(found) => {
          problem.current = found;
          if (found === null) setRefusal(null);
          if (isWeak) change.reset();
        }}
      />
      {change.error === null || isWeak ? null : (
        <ProblemNotice cause={change.error} title="Could not change the password" />
      )}
      <div className="flex flex-wrap items-center gap-x-4 gap-y-2">
        <Button type="submit" tone={isTemporary ? "primary" : "plain"} isBusy={change.isPending} disabled={!isHydrated}>
          Change password
        </Button>
        {said === null ? <p className="caption">This signs out all other sessions.</p> : null}
      </div>
      <StatusLine text={said} />
    </form>
  );
}

type NewPasswordProps = {
  name: string;
  /** What the password must not contain: the email and the name. */
  personal: readonly string[];
  /** The validation error; null if there is none. */
  problem: string | null;
  /** Called on input with what is wrong with the password; null when it is valid. */
  onValidated: (problem: string | null) => void;
};

/** A field for a new password. Shows the rule up front, and what is still missing while the user types. */
function NewPasswordField({ name, personal, problem, onValidated }: NewPasswordProps) {
  const [missing, setMissing] = useState<string | null>(null);
  return (
    <PasswordField
      label="New password"
      name={name}
      autoComplete="new-password"
      maxLength={longestPassword}
      problem={problem}
      hint={
        <>
          <span>{`${passwordRule} A few unrelated words make a good password.`}</span>
          <span className="block min-h-4 text-ink">{missing === null ? null : `It ${missing}.`}</span>
        </>
      }
      onInput={(password) => {
        const found = passwordProblem(password, personal);
        setMissing(password === "" ? null : found);
        onValidated(found);
      }}
    />
  );
}
