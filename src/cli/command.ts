import type { ParseArgsConfig } from "node:util";
import type { CommandResult, Invocation } from "@/server/rpc/feature-server";
import type { PlatformRuntime } from "@/server/runtime";
import { UsageError } from "@/server/usage-error";

export type { CommandResult, Invocation } from "@/server/rpc/feature-server";
export { UsageError } from "@/server/usage-error";

export type Command = {
  name: string;
  /** One line for the list of commands. */
  summary: string;
  /** What `--help` prints. */
  usage: string;
  options: NonNullable<ParseArgsConfig["options"]>;
  /** A command that only reads leaves the database as it is: no migration runs before it. */
  readsOnly?: true;
  run: (invocation: Invocation, open: () => Promise<PlatformRuntime>) => Promise<CommandResult>;
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
