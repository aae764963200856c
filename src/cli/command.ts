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
  /** Set for a command that only reads: no migration runs before it. */
  readsOnly?: true;
  run: (invocation: Invocation, open: () => Promise<PlatformRuntime>) => Promise<CommandResult>;
};

/** The option's text; undefined when absent. */
export function textOption({ values }: Invocation, name: string): string | undefined {
  const value = values[name];
  return typeof value === "string" ? value : undefined;
}

/** The option as a whole number; undefined when absent. Throws a UsageError for anything else. */
export function wholeOption(invocation: Invocation, name: string): number | undefined {
  const text = textOption(invocation, name);
  if (text === undefined) return undefined;
  if (!/^\d{1,15}$/.test(text)) throw new UsageError(`--${name} must be a whole number; got ${JSON.stringify(text)}.`);
  return Number(text);
}

/** All values of a repeatable option. */
export function listOption({ values }: Invocation, name: string): string[] {
  const value = values[name];
  return Array.isArray(value) ? value.filter((item) => typeof item === "string") : [];
}
