"use client";

import { useState } from "react";
import { longestPassword, passwordProblem, passwordRule } from "@/server/auth/password-rule.js";
import { PasswordField } from "@/ui/controls/password-field";

type Props = {
  name: string;
  /** What the password must not contain: the email and the name. */
  personal: readonly string[];
  /** Why it was not accepted; null when it was not refused. */
  problem: string | null;
  /** Hears what was typed, and what is wrong with it; null when nothing is. */
  onJudged: (problem: string | null) => void;
};

/** A password to be chosen. The rule is said before one types, and what is still wrong while one does. */
export function NewPasswordField({ name, personal, problem, onJudged }: Props) {
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
