"use client";

import { useMutation, useQueryClient } from "@tanstack/react-query";
import { type FormEvent, useRef, useState } from "react";
import { useTRPC } from "@/ui/rpc/provider";
import { Button } from "@/ui/controls/button";
import { fieldText } from "@/ui/controls/field";
import { PasswordField } from "@/ui/controls/password-field";
import { ProblemNotice } from "@/ui/feedback/problem-notice";
import { StatusLine } from "@/ui/feedback/status-line";
import { useFirstFocus } from "@/ui/hooks/use-first-focus";
import { longestPassword, passwordProblem, passwordRule } from "@/server/auth/password-rule.js";

type Props = {
  email: string;
  name: string;
  /** The present one was given by an administrator and has to be replaced. */
  isTemporary: boolean;
  onChanged?: () => void;
};

/** Replaces the password; the other sessions end with it. */
export function PasswordForm({ email, name, isTemporary, onChanged }: Props) {
  const trpc = useTRPC();
  const queries = useQueryClient();
  const form = useFirstFocus<HTMLFormElement>(isTemporary);
  const [said, setSaid] = useState<string | null>(null);
  const problem = useRef<string | null>(null);
  const [refusal, setRefusal] = useState<string | null>(null);
  const change = useMutation(trpc.account.changePassword.mutationOptions());
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
        setSaid("The password is changed. Every other session was signed out.");
        void queries.invalidateQueries({ queryKey: trpc.account.pathKey() });
        onChanged?.();
      },
    });
  };
  return (
    <form ref={form} method="post" onSubmit={submit} className="max-w-sm space-y-4">
      {/* Tells password managers whose password this is. */}
      <input type="text" name="username" autoComplete="username" value={email} readOnly hidden />
      <PasswordField
        label={isTemporary ? "Temporary password" : "Current password"}
        name="currentPassword"
        autoComplete="current-password"
      />
      <NewPasswordField
        name="newPassword"
        personal={[email, name]}
        problem={refusal === null ? null : `The new password ${refusal}.`}
        onJudged={(found) => {
          problem.current = found;
          if (found === null) setRefusal(null);
        }}
      />
      {change.error === null ? null : <ProblemNotice cause={change.error} title="The password was not changed" />}
      <div className="flex flex-wrap items-center gap-x-4 gap-y-2">
        <Button type="submit" tone={isTemporary ? "primary" : "plain"} isBusy={change.isPending}>
          Change the password
        </Button>
        {said === null ? <p className="caption">Signs out every other session.</p> : null}
      </div>
      <StatusLine text={said} />
    </form>
  );
}

type NewPasswordProps = {
  name: string;
  /** What the password must not contain: the email and the name. */
  personal: readonly string[];
  /** Why it was not accepted; null when it was not refused. */
  problem: string | null;
  /** Hears what was typed, and what is wrong with it; null when nothing is. */
  onJudged: (problem: string | null) => void;
};

/** A password to be chosen. The rule is said before one types, and what is still wrong while one does. */
function NewPasswordField({ name, personal, problem, onJudged }: NewPasswordProps) {
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
          {passwordRule} A few words that have nothing to do with each other are good.
          <span className="block min-h-4 text-ink">{missing === null ? null : `It ${missing}.`}</span>
        </>
      }
      onInput={(password) => {
        const found = passwordProblem(password, personal);
        setMissing(password === "" ? null : found);
        onJudged(found);
      }}
    />
  );
}
