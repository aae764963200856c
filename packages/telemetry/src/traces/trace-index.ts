import type { Redis } from "ioredis";
import type { TraceSummary } from "./types";
import { type Ring, ringKey, rings } from "./ring";
import { decodeSummary } from "./trace-codec";

/** What is known of a stored trace without reading all of it. */
export type IndexEntry = {
  readonly ring: Ring;
  /** Of the entry in its stream. */
  readonly streamId: string;
  readonly startedAtMs: number;
  readonly summary: TraceSummary;
};

const pageLength = 50;

/** Where an entry begins in its stream; ids of one stream compare by it. */
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

  /** Reads what was written since the last time, and drops what is gone. */
  async refresh(): Promise<void> {
    for (;;) {
      const from = this.#lastId === null ? "-" : `(${this.#lastId}`;
      // Typed without the shape of its rows.
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

/** The summaries of all traces in the ring. Only what is new is read; together they are as many as the ring's bytes allow. */
export class TraceIndex {
  readonly #rings: readonly RingIndex[];

  constructor(redis: Redis, keyPrefix: string) {
    this.#rings = rings.map((ring) => new RingIndex(redis, keyPrefix, ring));
  }

  /** Rejects as Redis does. */
  async refresh(): Promise<void> {
    for (const ring of this.#rings) await ring.refresh();
  }

  forget(): void {
    for (const ring of this.#rings) ring.forget();
  }

  /** In no particular order; one that was stored twice, because an answer was lost, comes twice. */
  *entries(): Generator<IndexEntry> {
    for (const { entries } of this.#rings) yield* entries;
  }
}
