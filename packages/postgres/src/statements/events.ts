import { createHash } from "node:crypto";
import { channels } from "@weir/core/channels";
import { countStatement } from "@weir/core/scope";

/** The names of statements, by their text. */
export type StatementNames = {
  /** Whether published messages include the parameters of the statement: in development only. */
  readonly publishesParameters: boolean;
  readonly set: (text: string, name: string) => void;
  /** The texts with this name, in the order in which they were named; empty for an unknown name. */
  readonly textsOf: (name: string) => string[];
  /** Every statement that was given a name, with its text. */
  readonly all: () => { name: string; text: string }[];
  /** The name that was set, else the first word of the text with a short fingerprint of it: `select 3f2a91c0`. */
  readonly of: (text: string) => string;
};

const maxFingerprints = 1_000;

export function createStatementNames(publishesParameters = false): StatementNames {
  const names = new Map<string, string>([
    ...["begin", "commit", "rollback"].map((text) => [text, `transaction.${text}`] as const),
    ["begin read only", "transaction.begin"] as const,
  ]);
  const fingerprints = new Map<string, string>();

  function fingerprint(text: string): string {
    // These contain another statement, or differ by a number only.
    if (text.startsWith("explain (")) return "plans.explain";
    if (text.startsWith("set local ")) return "transaction.set";
    if (text.startsWith("begin ")) return "transaction.begin";
    const known = fingerprints.get(text);
    if (known !== undefined) return known;
    const verb = /[a-z]+/i.exec(text)?.[0].toLowerCase() ?? "statement";
    const made = `${verb} ${createHash("sha256").update(text).digest("hex").slice(0, 8)}`;
    // A program that uses placeholders has few texts; one that does not must not fill the memory.
    if (fingerprints.size >= maxFingerprints) fingerprints.clear();
    fingerprints.set(text, made);
    return made;
  }

  return {
    publishesParameters,
    set: (text, name) => void names.set(text, name),
    of: (text) => names.get(text) ?? fingerprint(text),
    textsOf: (name) => [...names, ...fingerprints].filter(([, known]) => known === name).map(([text]) => text),
    all: () => Array.from(names, ([text, name]) => ({ name, text })),
  };
}

export type SentStatement = {
  text: string;
  waitMs: number;
  /** When it was sent, as `performance.now()`. */
  sentAtMs: number;
  parameters?: readonly unknown[];
};

/** What Postgres reported of a statement. `count` is null where it counted nothing. */
type Counted = { readonly count: number | null };

/**
 * Counts and publishes a statement that has settled, with null as its result when it failed. Call it in the async context
 * of the statement's caller, which is the one that subscribers run in.
 */
export function publishStatement(names: StatementNames, statement: SentStatement, result: Counted | null) {
  if (!channels.sql.hasSubscribers) return;
  const { text, waitMs, sentAtMs, parameters } = statement;
  const endedAtMs = performance.now();
  const durationMs = endedAtMs - sentAtMs;
  countStatement(waitMs, durationMs);
  channels.sql.publish({
    statement: names.of(text),
    text,
    waitMs,
    durationMs,
    endedAtMs,
    rows: result?.count ?? 0,
    ok: result !== null,
    parameters: names.publishesParameters ? parameters : undefined,
  });
}

/** Sends one statement and publishes its end, in the caller's async context. */
export async function traced<Rows extends Counted>(
  names: StatementNames,
  statement: Omit<SentStatement, "sentAtMs">,
  send: () => Promise<Rows>,
): Promise<Rows> {
  const sent = { ...statement, sentAtMs: performance.now() };
  try {
    const result = await send();
    publishStatement(names, sent, result);
    return result;
  } catch (error) {
    publishStatement(names, sent, null);
    throw error;
  }
}
