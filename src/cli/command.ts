import type { ParseArgsConfig } from "node:util";
import type { Runtime } from "@/server/runtime";

/** An input that cannot be used; the message says what is allowed. Ends the program with status 2. */
export class UsageError extends Error {
  override readonly name = "UsageError";
}

export type Invocation = {
  positionals: readonly string[];
  /** As `parseArgs` read them from the command's own options. */
  values: Readonly<Record<string, string | boolean | (string | boolean)[] | undefined>>;
};

/** What a command answers: text for people, data for `--json`. */
export type Answer = { text: string; data: unknown };

export type Command = {
  name: string;
  /** One line for the list of commands. */
  summary: string;
  /** What `--help` prints. */
  usage: string;
  options: NonNullable<ParseArgsConfig["options"]>;
  run: (invocation: Invocation, open: () => Promise<Runtime>) => Promise<Answer>;
};

/** The option's text; undefined when it was not given. */
export function textOption({ values }: Invocation, name: string): string | undefined {
  const value = values[name];
  return typeof value === "string" ? value : undefined;
}

/** The option's whole number; undefined when it was not given. Throws a UsageError for anything else. */
export function wholeOption(invocation: Invocation, name: string): number | undefined {
  const text = textOption(invocation, name);
  if (text === undefined) return undefined;
  if (!/^\d{1,15}$/.test(text))
    throw new UsageError(`--${name} must be a whole number; this is ${JSON.stringify(text)}.`);
  return Number(text);
}

/** All texts of an option that may be repeated. */
export function listOption({ values }: Invocation, name: string): string[] {
  const value = values[name];
  return Array.isArray(value) ? value.filter((item) => typeof item === "string") : [];
}
