import type { EntryName } from "../names";
import type { InspectionTools } from "./tools";
import type { Coverage } from "./types";
import { mayBeFound } from "./veil";
import { CursorError } from "@weir/core/keyset-cursor";

export type NamedEntry = EntryName & { readonly name: string };

export type WalkOptions = Pick<InspectionTools, "redis" | "keys" | "clock" | "groups"> & {
  /** Entries whose `group:key` begins so; none of a sensitive group when it goes beyond the group's name. */
  prefix: string;
  /** Where an earlier walk stopped; "0" for the begin. */
  cursor?: string;
  /** How many keys of Redis to walk past at most, about. */
  mostKeys: number;
  withinMs: number;
  /** How many keys the next step should walk past. */
  stepKeys?: () => number;
  signal?: AbortSignal;
  onProgress?: (coverage: { scanned: number; total: number }) => void;
};

export type Walked = Coverage & {
  /** For the walk that goes on from here; "0" when this one came to the end. */
  readonly cursor: string;
};

/** The part of a cursor that would name the node in a cluster. */
const shard = "0";

export const showCursor = (cursor: string): string => `${shard}-${cursor}`;

/** What SCAN goes on from; "0" is the begin. @throws WeirError CURSOR_INVALID */
export function readCursor(shown: string | undefined): string {
  const [, cursor] = /^0-(\d{1,20})$/u.exec(shown ?? showCursor("0")) ?? [];
  if (cursor === undefined) throw new CursorError("CURSOR_INVALID");
  return cursor;
}

const usualStep = 500;
const bits = 64;

/**
 * How much of the key space lies behind a cursor of SCAN, from 0 to below 1. SCAN counts through the buckets of a hash
 * table by the reversed bits of its cursor, so the lowest bit is worth a half, the next a quarter, and so on, whatever
 * the size of the table. In a cluster the cursor has the slot in it; this would have to be asked of each node by itself.
 */
export function coverageOf(cursor: string): number {
  let rest = BigInt(cursor);
  let coverage = 0;
  for (let bit = 1; bit <= bits && rest > 0n; bit += 1) {
    if ((rest & 1n) === 1n) coverage += 2 ** -bit;
    rest >>= 1n;
  }
  return coverage;
}

/**
 * Walks through the entries in Redis by SCAN, never by KEYS, one bounded step after the other, and hands each step's
 * entries to `visit`, which may end the walk by answering false. Each entry that stood there from begin to end is seen,
 * once; what came or went meanwhile may be or not.
 * @throws WeirError CACHE_UNAVAILABLE; the signal's reason when it is aborted
 */
export async function walkEntries(
  { redis, keys, clock, groups, prefix, cursor = "0", mostKeys, withinMs, ...options }: WalkOptions,
  visit: (entries: NamedEntry[]) => Promise<boolean | void>,
): Promise<Walked> {
  const { stepKeys = () => usualStep, signal, onProgress } = options;
  const pattern = keys.entryPattern(prefix);
  const untilMs = clock.now() + withinMs;
  const from = coverageOf(cursor);
  const seen = new Set<string>();
  let at = cursor;
  let walked = 0;
  let goesOn = true;
  const total = await redis.ask("DBSIZE", (client) => client.dbsize());
  const scanned = (): number => Math.round(((at === "0" ? 1 : coverageOf(at)) - from) * total);
  do {
    signal?.throwIfAborted();
    const step = Math.max(1, Math.floor(stepKeys()));
    // One step after the other is the point.
    const [next, names] = await redis.ask("SCAN", (client) => client.scan(at, "MATCH", pattern, "COUNT", step));
    at = next;
    walked += step;
    const entries: NamedEntry[] = [];
    for (const name of names) {
      if (seen.has(name)) continue;
      seen.add(name);
      const parsed = keys.parseEntry(name);
      if (parsed === null || !`${parsed.group}:${parsed.key}`.startsWith(prefix)) continue;
      if (mayBeFound(groups, parsed.group, prefix)) entries.push({ ...parsed, name });
    }
    if (entries.length > 0 && (await visit(entries)) === false) goesOn = false;
    onProgress?.({ scanned: scanned(), total });
  } while (at !== "0" && goesOn && walked < mostKeys && clock.now() < untilMs);
  return { cursor: at, scanned: scanned(), total, isComplete: at === "0" && cursor === "0" };
}
