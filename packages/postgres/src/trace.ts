import { createHash } from "node:crypto";
import { channels } from "@weir/core/channels";
import { countStatement } from "@weir/core/scope";

/** Names of statements by their text. */
export type StatementNames = {
  /** Whether what is published of a statement holds the values that it was sent with: in development only. */
  readonly tellsValues: boolean;
  readonly set: (text: string, name: string) => void;
  /** The texts with this name, in the order in which they were named; empty when it is not known here. */
  readonly textsOf: (name: string) => string[];
  /** Every statement that was given a name, with its text. */
  readonly all: () => { name: string; text: string }[];
  /** The name that was set, else the first word of the text with a short fingerprint of it: `select 3f2a91c0`. */
  readonly of: (text: string) => string;
};

const mostFingerprints = 1_000;

export function createStatementNames(tellsValues = false): StatementNames {
  const names = new Map<string, string>([
    ...["begin", "commit", "rollback"].map((text) => [text, `transaction.${text}`] as const),
    ["begin read only", "transaction.begin"] as const,
  ]);
  const fingerprints = new Map<string, string>();

  function fingerprint(text: string): string {
    // These hold another statement, or differ by a number only.
    if (text.startsWith("explain (")) return "plans.explain";
    if (text.startsWith("set local ")) return "transaction.set";
    const known = fingerprints.get(text);
    if (known !== undefined) return known;
    const verb = /[a-z]+/i.exec(text)?.[0].toLowerCase() ?? "statement";
    const made = `${verb} ${createHash("sha256").update(text).digest("hex").slice(0, 8)}`;
    // Texts are few in a program that uses placeholders; one that does not must not fill the memory.
    if (fingerprints.size >= mostFingerprints) fingerprints.clear();
    fingerprints.set(text, made);
    return made;
  }

  return {
    tellsValues,
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
 * Tells the channel that a statement has settled: with its result, or with null when it failed. Listeners hear it in the
 * async context of whoever calls this, which is to be that of the one who sent the statement.
 */
export function publishEnd(names: StatementNames, statement: SentStatement, result: Counted | null) {
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
    parameters: names.tellsValues ? parameters : undefined,
  });
}

/** Runs one statement and publishes what became of it, in the caller's async context. */
export async function traced<Rows extends Counted>(
  names: StatementNames,
  statement: Omit<SentStatement, "sentAtMs">,
  send: () => Promise<Rows>,
): Promise<Rows> {
  const sent = { ...statement, sentAtMs: performance.now() };
  try {
    const result = await send();
    publishEnd(names, sent, result);
    return result;
  } catch (error) {
    publishEnd(names, sent, null);
    throw error;
  }
}
