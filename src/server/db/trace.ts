import { createHash } from "node:crypto";
import { channels } from "../channels";

/** Names of statements by their text. */
export type StatementNames = {
  readonly set: (text: string, name: string) => void;
  /** The name that was set, else the first word of the text with a short fingerprint of it: `select 3f2a91c0`. */
  readonly of: (text: string) => string;
};

const mostFingerprints = 1_000;

export function createStatementNames(): StatementNames {
  const names = new Map(["begin", "commit", "rollback"].map((text) => [text, `transaction.${text}`]));
  const fingerprints = new Map<string, string>();

  function fingerprint(text: string): string {
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
    set: (text, name) => void names.set(text, name),
    of: (text) => names.get(text) ?? fingerprint(text),
  };
}

export type SentStatement = {
  text: string;
  waitMs: number;
  /** When it was sent, as `performance.now()`. */
  sentAtMs: number;
};

/** What Postgres reported of a statement. `count` is null where it counted nothing. */
type Counted = { readonly count: number | null };

/**
 * Tells the channel that a statement has settled: with its result, or with null when it failed. Listeners hear it in the
 * async context of whoever calls this, which is to be that of the one who sent the statement.
 */
export function publishEnd(names: StatementNames, { text, waitMs, sentAtMs }: SentStatement, result: Counted | null) {
  if (!channels.sql.hasSubscribers) return;
  channels.sql.publish({
    statement: names.of(text),
    text,
    waitMs,
    durationMs: performance.now() - sentAtMs,
    rows: result?.count ?? 0,
    ok: result !== null,
  });
}

/** Runs one statement and publishes what became of it, in the caller's async context. */
export async function traced<Rows extends Counted>(
  names: StatementNames,
  { text, waitMs }: Omit<SentStatement, "sentAtMs">,
  send: () => Promise<Rows>,
): Promise<Rows> {
  const sent = { text, waitMs, sentAtMs: performance.now() };
  try {
    const result = await send();
    publishEnd(names, sent, result);
    return result;
  } catch (error) {
    publishEnd(names, sent, null);
    throw error;
  }
}
