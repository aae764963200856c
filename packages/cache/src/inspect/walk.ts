import type { Redis } from "ioredis";
import { CursorError } from "@weir/core/keyset-cursor";
import type { Coverage } from "../contract/inspection";
import { decodeHeader, type StoredEntry } from "../redis/entry";
import { asGlob, type EntryName } from "../redis/names";
import { isSearchable } from "./redact";
import type { InspectionRedis, InspectionTools } from "./tools";

export type NamedEntry = EntryName & { readonly name: string };

export type WalkOptions = Pick<InspectionTools, "redis" | "keys" | "clock" | "groups"> & {
  /** Entries whose `group:key` starts with it; none of a sensitive group when it goes beyond the group's name. */
  prefix: string;
  /** Where an earlier walk stopped; "0" for the start. */
  cursor?: string;
  /** About how many keys of Redis to walk past at most. */
  maxKeys: number;
  maxMs: number;
  /** How many keys the next step should walk past. */
  stepKeys?: () => number;
  signal?: AbortSignal;
  onProgress?: (coverage: { scanned: number; total: number }) => void;
};

export type Walked = Coverage & {
  /** Where the next walk continues; "0" at the end. */
  readonly cursor: string;
};

/** The part of a cursor that would name the node of a cluster. */
const shard = "0";

export const showCursor = (cursor: string): string => `${shard}-${cursor}`;

/** The position of SCAN in a shown cursor; "0" for the start. @throws WeirError CURSOR_INVALID */
export function readCursor(shown: string | undefined): string {
  const [, cursor] = /^0-(\d{1,20})$/u.exec(shown ?? showCursor("0")) ?? [];
  if (cursor === undefined) throw new CursorError("CURSOR_INVALID");
  return cursor;
}

const defaultStep = 500;
const bits = 64;

/**
 * The share of the key space that SCAN has passed at this cursor, from 0 to below 1. SCAN counts through the buckets of
 * a hash table by the reversed bits of its cursor, so the lowest bit is worth a half, the next a quarter, and so on,
 * whatever the size of the table. In a cluster, cursors contain the slot, and each node would have to be scanned
 * separately.
 */
export function coverageOf(cursor: string): number {
  let remaining = BigInt(cursor);
  let coverage = 0;
  for (let bit = 1; bit <= bits && remaining > 0n; bit += 1) {
    if ((remaining & 1n) === 1n) coverage += 2 ** -bit;
    remaining >>= 1n;
  }
  return coverage;
}

/**
 * Walks through the entries in Redis with SCAN, never KEYS, in bounded steps, and passes each step's entries to `visit`,
 * which ends the walk by resolving with false. Every entry that exists throughout the walk is visited exactly once; entries
 * that come or go meanwhile may be missed.
 * @throws WeirError CACHE_UNAVAILABLE; the signal's reason when it is aborted
 */
export async function walkEntries(
  { redis, keys, clock, groups, prefix, cursor = "0", maxKeys, maxMs, ...options }: WalkOptions,
  visit: (entries: NamedEntry[]) => Promise<boolean | void>,
): Promise<Walked> {
  const { stepKeys = () => defaultStep, signal, onProgress } = options;
  const pattern = keys.entryPattern(prefix);
  const untilMs = clock.now() + maxMs;
  const from = coverageOf(cursor);
  const seen = new Set<string>();
  let at = cursor;
  let walked = 0;
  let wantsMore = true;
  const total = await redis.send("DBSIZE", (client) => client.dbsize());
  const scanned = (): number => Math.round(((at === "0" ? 1 : coverageOf(at)) - from) * total);
  do {
    signal?.throwIfAborted();
    const step = Math.max(1, Math.floor(stepKeys()));
    // Steps run one after the other.
    const [next, names] = await redis.send("SCAN", (client) => scan(client, at, pattern, step));
    at = next;
    walked += step;
    const entries: NamedEntry[] = [];
    for (const name of names) {
      if (seen.has(name)) continue;
      seen.add(name);
      const parsed = keys.parseEntry(name);
      if (parsed === null || !`${parsed.group}:${parsed.key}`.startsWith(prefix)) continue;
      if (isSearchable(groups, parsed.group, prefix)) entries.push({ ...parsed, name });
    }
    if (entries.length > 0 && (await visit(entries)) === false) wantsMore = false;
    onProgress?.({ scanned: scanned(), total });
  } while (at !== "0" && wantsMore && walked < maxKeys && clock.now() < untilMs);
  return { cursor: at, scanned: scanned(), total, isComplete: at === "0" && cursor === "0" };
}

/** SCAN as every other command: the client prefixes keys, but neither patterns nor the names in replies. */
async function scan(client: Redis, cursor: string, pattern: string, count: number): Promise<[string, string[]]> {
  const { keyPrefix = "" } = client.options;
  const [next, names] = await client.scan(cursor, "MATCH", asGlob(keyPrefix) + pattern, "COUNT", count);
  return [next, keyPrefix === "" ? names : names.map((name) => name.slice(keyPrefix.length))];
}

export type StoredHeader = Omit<StoredEntry, "body">;

const defaultHeaderBytes = 4095;
const maxHeaderBytes = 1_048_575;

function headerIn(text: string): StoredHeader | null | undefined {
  const end = text.indexOf("\n");
  return end < 0 ? undefined : decodeHeader(text.slice(0, end));
}

/**
 * Reads the headers of these entries without their values; null where no readable entry exists. Sends single commands in one
 * go, which a cluster could route.
 */
export async function readHeaders(redis: InspectionRedis, names: readonly string[]): Promise<(StoredHeader | null)[]> {
  const read = (upTo: number, wanted: readonly string[]): Promise<string[]> =>
    redis.send("GETRANGE", (client: Redis) => Promise.all(wanted.map((name) => client.getrange(name, 0, upTo))));
  const headers = (await read(defaultHeaderBytes, names)).map((text) => (text === "" ? null : headerIn(text)));
  const cut = names.filter((_name, index) => headers[index] === undefined);
  if (cut.length === 0) return headers.map((header) => header ?? null);
  const longer = (await read(maxHeaderBytes, cut)).map(headerIn);
  return headers.map((header) => (header === undefined ? longer.shift() : header) ?? null);
}

/** Memory of these keys in Redis in bytes; null for a key that does not exist. */
export function weigh(redis: InspectionRedis, names: readonly string[]): Promise<(number | null)[]> {
  if (names.length === 0) return Promise.resolve([]);
  return redis.send("MEMORY USAGE", (client) => Promise.all(names.map((name) => client.memory("USAGE", name))));
}
