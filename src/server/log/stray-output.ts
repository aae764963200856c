import { format } from "node:util";
import type { Logger } from "./logger";
import { Throttle } from "./request-log";

type Level = "info" | "warn" | "error";

export type StrayOutputOptions = {
  /** Also what goes to stdout. */
  withStdout: boolean;
  now?: () => number;
};

/**
 * Turns what libraries print and what Node warns of into records, so that each line of the log stays JSON: at most twenty
 * a minute per level, because any client's request can make a library print. Affects the whole process; returns a function
 * that restores it.
 */
export function logStrayOutput(
  log: Logger,
  { withStdout, now = () => performance.now() }: StrayOutputOptions,
): () => void {
  const throttle = new Throttle({ most: 20, perMs: 60_000, now });
  const record = (level: Level, message: string, facts: Record<string, unknown>): void => {
    const heldBack = throttle.take(level);
    if (heldBack !== null) log[level]({ ...facts, ...(heldBack > 0 && { heldBack }) }, message);
  };

  const before = { ...console };
  const replace = (name: "log" | "info" | "debug" | "warn" | "error" | "trace", level: Level): void => {
    console[name] = (...parts: unknown[]): void => {
      const err = parts.find((part) => part instanceof Error);
      const text = format(...parts.filter((part) => part !== err)).replaceAll(ansi, "");
      record(level, "Library output.", { ...(text !== "" && { text }), ...(err !== undefined && { err }) });
    };
  };
  replace("warn", "warn");
  replace("error", "error");
  replace("trace", "warn");
  if (withStdout) for (const name of ["log", "info", "debug"] as const) replace(name, "info");

  // Node's own listener prints.
  const printing = process.listeners("warning");
  const onWarning = (err: Error): void => record("warn", "Node warned.", { err });
  process.removeAllListeners("warning");
  process.on("warning", onWarning);

  return () => {
    Object.assign(console, before);
    process.off("warning", onWarning);
    for (const listener of printing) process.on("warning", listener);
  };
}

// oxlint-disable-next-line no-control-regex -- the escapes with which libraries colour their lines
const ansi = /\u001b\[[\d;]*m/g;
