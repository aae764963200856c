import type { Redis } from "ioredis";
import type { Trace, TraceKind, TraceSummary } from "./types";
import { CursorError, decodeCursor, encodeCursor } from "@weir/core/keyset-cursor";
import type { Repeat } from "@weir/core/repeats";
import { runOutsideScope } from "@weir/core/scope";
import { type Ring, ringKey, rings } from "./ring";
import { decodeSummary, decodeTrace } from "./trace-codec";
import { TelemetryError } from "../errors";

export type TraceFilter = {
  /** Wall clock; `toMs` is exclusive. */
  fromMs: number;
  toMs: number;
  origins: readonly TraceSummary["origin"][];
  nodeIds: readonly string[] | null;
  procedure?: string | undefined;
  kind?: TraceKind | undefined;
  minDurationMs?: number | undefined;
};

export type TraceQuestion = TraceFilter & {
  order: "newest" | "slowest";
  limit: number;
  cursor: string | null;
};

export type RepeatSeen = { summary: TraceSummary; repeat: Repeat };

/** Throws WeirError TELEMETRY_UNAVAILABLE if Redis does not respond. Results are at most one second old. */
export type TraceReader = {
  /** @throws WeirError CURSOR_INVALID */
  list: (
    question: TraceQuestion,
  ) => Promise<{ traces: TraceSummary[]; nextCursor: string | null; oldestAtMs: number | null }>;
  /** Null if the trace is not in the ring, or no longer. */
  get: (id: string, requestId?: string) => Promise<Trace | null>;
  /** Every repeated statement in the traces of the range. */
  repeats: (filter: TraceFilter) => Promise<RepeatSeen[]>;
};

export type TraceReaderOptions = {
  redis: Redis;
  keyPrefix: string;
  /** Monotonic. */
  now?: () => number;
};

const freshMs = 1_000;
/** The index is dropped after this long without a request. */
const forgetAfterMs = 120_000;

/** The top of the list in one pass: a ring may hold tens of thousands. */
function best<Item>(items: Iterable<Item>, limit: number, isBefore: (a: Item, b: Item) => boolean): Item[] {
  const page: Item[] = [];
  for (const item of items) {
    const last = page.at(-1);
    if (page.length >= limit && last !== undefined && !isBefore(item, last)) continue;
    let at = page.length;
    for (let before = page[at - 1]; before !== undefined && isBefore(item, before); before = page[at - 1]) at -= 1;
    page.splice(at, 0, item);
    if (page.length > limit) page.pop();
  }
  return page;
}

/** Sort key of an entry. IDs of both streams start at the same clock, so one is made odd and the other even. */
type Rank = { value: number; tie: number };

function rankOf({ ring, streamId, startedAtMs, summary }: IndexEntry, order: TraceQuestion["order"]): Rank {
  const tie = Number(streamId.split("-", 1)[0]) * 2 + (ring === "kept" ? 0 : 1);
  return { value: order === "newest" ? startedAtMs : summary.durationMs, tie };
}

const isBefore = (a: Rank, b: Rank): boolean => a.value > b.value || (a.value === b.value && a.tie > b.tie);

/** Reads the ring that the nodes write. */
export function createTraceReader({
  redis,
  keyPrefix,
  now = () => performance.now(),
}: TraceReaderOptions): TraceReader {
  const index = new TraceIndex(redis, keyPrefix);
  let reading: Promise<void> | null = null;
  let readAtMs = Number.NEGATIVE_INFINITY;
  let forgetting: NodeJS.Timeout | undefined;

  async function read(): Promise<void> {
    try {
      await index.refresh();
      readAtMs = now();
    } catch (cause) {
      throw new TelemetryError("TELEMETRY_UNAVAILABLE", { cause });
    } finally {
      reading = null;
    }
  }

  /** One read per second for all callers; it continues even if the request that started it has ended. */
  async function refresh(): Promise<void> {
    clearTimeout(forgetting);
    forgetting = runOutsideScope(() =>
      setTimeout(() => {
        index.forget();
        readAtMs = Number.NEGATIVE_INFINITY;
      }, forgetAfterMs).unref(),
    );
    if (reading === null && now() - readAtMs < freshMs) return;
    reading ??= read();
    await reading;
  }

  function* matching({ fromMs, toMs, origins, nodeIds, ...rest }: TraceFilter): Generator<IndexEntry> {
    const { procedure, kind, minDurationMs = 0 } = rest;
    const seen = new Set<string>();
    for (const entry of index.entries()) {
      const { startedAtMs, summary } = entry;
      if (startedAtMs < fromMs || startedAtMs >= toMs || summary.durationMs < minDurationMs) continue;
      if (!origins.includes(summary.origin) || nodeIds?.includes(summary.nodeId) === false) continue;
      if (procedure !== undefined && summary.procedure !== procedure) continue;
      if (kind !== undefined && !summary.kinds.includes(kind)) continue;
      const same = `${summary.id} ${summary.requestId}`;
      if (seen.has(same)) continue;
      seen.add(same);
      yield entry;
    }
  }

  return {
    list: async ({ order, limit, cursor, ...filter }) => {
      const list = `traces.${order}`;
      const after = cursor === null ? null : decodeCursor(cursor, list);
      if (cursor !== null && (after === null || Number.isNaN(Number(after.value))))
        throw new CursorError("CURSOR_INVALID");
      await refresh();
      const last = after === null ? null : { value: Number(after.value), tie: after.id };
      const ranked = function* () {
        for (const entry of matching(filter)) {
          const rank = rankOf(entry, order);
          if (last === null || isBefore(last, rank)) yield { entry, rank };
        }
      };
      const found = best(ranked(), limit + 1, (a, b) => isBefore(a.rank, b.rank));
      const page = found.slice(0, limit);
      const end = found.length > limit ? page.at(-1) : undefined;
      const nextCursor =
        end === undefined ? null : encodeCursor({ list, value: String(end.rank.value), id: end.rank.tie });
      let oldestAtMs: number | null = null;
      for (const { startedAtMs } of index.entries()) oldestAtMs = Math.min(oldestAtMs ?? startedAtMs, startedAtMs);
      return { traces: page.map(({ entry }) => entry.summary), nextCursor, oldestAtMs };
    },

    get: async (id, requestId) => {
      const find = (): IndexEntry | undefined => {
        for (const entry of index.entries()) {
          const { summary } = entry;
          if (summary.id === id && (requestId === undefined || summary.requestId === requestId)) return entry;
        }
        return undefined;
      };
      await refresh();
      const entry = find();
      if (entry === undefined) return null;
      try {
        // ioredis types the reply without the shape of its rows.
        const [row] = (await redis.xrangeBuffer(ringKey(keyPrefix, entry.ring), entry.streamId, entry.streamId)) as [
          Buffer,
          Buffer[],
        ][];
        const [, summary, , body] = row?.[1] ?? [];
        return summary === undefined || body === undefined ? null : decodeTrace({ summary, body });
      } catch (cause) {
        throw new TelemetryError("TELEMETRY_UNAVAILABLE", { cause });
      }
    },

    repeats: async (filter) => {
      await refresh();
      const seen: RepeatSeen[] = [];
      for (const { summary } of matching(filter)) for (const repeat of summary.repeats) seen.push({ summary, repeat });
      return seen;
    },
  };
}

/** What is known of a stored trace from its summary. */
export type IndexEntry = {
  readonly ring: Ring;
  /** ID of the entry in its stream. */
  readonly streamId: string;
  readonly startedAtMs: number;
  readonly summary: TraceSummary;
};

const pageLength = 50;

/** Start offset of an entry in its stream; IDs of one stream are ordered by it. */
const startOf = (streamId: string): number => Number(streamId.split("-", 1)[0]);

type Row = [id: Buffer, fields: Buffer[]];

class RingIndex {
  readonly #redis: Redis;
  readonly #ring: Ring;
  readonly #key: string;
  #entries: IndexEntry[] = [];
  #lastId: string | null = null;

  constructor(redis: Redis, keyPrefix: string, ring: Ring) {
    this.#redis = redis;
    this.#ring = ring;
    this.#key = ringKey(keyPrefix, ring);
  }

  get entries(): readonly IndexEntry[] {
    return this.#entries;
  }

  forget(): void {
    this.#entries = [];
    this.#lastId = null;
  }

  /** Reads entries written since the last call and drops those that are gone. */
  async refresh(): Promise<void> {
    for (;;) {
      const from = this.#lastId === null ? "-" : `(${this.#lastId}`;
      // ioredis types the reply without the shape of its rows.
      const rows = (await this.#redis.xrangeBuffer(this.#key, from, "+", "COUNT", pageLength)) as Row[];
      for (const row of rows) this.#add(row);
      if (rows.length < pageLength) break;
    }
    const [oldest] = (await this.#redis.xrangeBuffer(this.#key, "-", "+", "COUNT", 1)) as Row[];
    if (oldest === undefined) return this.forget();
    const first = startOf(oldest[0].toString());
    const kept = this.#entries.findIndex(({ streamId }) => startOf(streamId) >= first);
    if (kept !== 0) this.#entries = kept === -1 ? [] : this.#entries.slice(kept);
  }

  #add([id, fields]: Row): void {
    const streamId = id.toString();
    this.#lastId = streamId;
    const bytes = fields[1];
    const decoded = bytes === undefined ? null : decodeSummary(bytes);
    if (decoded === null) return;
    const { startedAtMs, ...summary } = decoded;
    this.#entries.push({ ring: this.#ring, streamId, startedAtMs, summary });
  }
}

/** The summaries of all traces in the ring. Reads only new entries; the size of the ring bounds their number. */
class TraceIndex {
  readonly #rings: readonly RingIndex[];

  constructor(redis: Redis, keyPrefix: string) {
    this.#rings = rings.map((ring) => new RingIndex(redis, keyPrefix, ring));
  }

  /** Rejects if Redis fails. */
  async refresh(): Promise<void> {
    for (const ring of this.#rings) await ring.refresh();
  }

  forget(): void {
    for (const ring of this.#rings) ring.forget();
  }

  /** Unordered. A trace that was stored twice because a reply was lost appears twice. */
  *entries(): Generator<IndexEntry> {
    for (const { entries } of this.#rings) yield* entries;
  }
}
