import { withTimeout } from "@weir/core/deadlines";
import type { ChainableCommander, Redis } from "ioredis";
import { type BlobHead, readHead } from "./snapshot-codec";
import { parseStatementTexts } from "../record/statement-texts";
import { anySummaryField, isSummaryField, nodeOfField, slotKey, textsKey, type Tier } from "./tiers";

/** The blobs of one slot by field; empty where no node reported. */
export type StoredSlot = { startMs: number; blobs: Record<string, Buffer> };
/** The summaries of one slot; empty where no node reported. `field` identifies the process. */
export type SlotSummaries = { startMs: number; summaries: { field: string; nodeId: string; head: BlobHead }[] };

/** Fields scanned in one step: those of about five hundred processes. */
const fieldsPerStep = 1_000;

/** Reads what the nodes stored. Rejects when Redis fails or does not respond within the deadline. */
export class SlotSource {
  readonly #redis: Redis;
  readonly #keyPrefix: string;
  readonly #deadlineMs: number;

  constructor(options: { redis: Redis; keyPrefix: string; deadlineMs: number }) {
    this.#redis = options.redis;
    this.#keyPrefix = options.keyPrefix;
    this.#deadlineMs = options.deadlineMs;
  }

  /** The clock of Redis in milliseconds. */
  async now(): Promise<number> {
    const [seconds, microseconds] = await withTimeout(this.#redis.time(), this.#deadlineMs);
    return Number(seconds) * 1_000 + Number(microseconds) / 1_000;
  }

  /** One pipeline for all slots, in the requested order. */
  async slots(tier: Tier, startsMs: readonly number[]): Promise<StoredSlot[]> {
    if (startsMs.length === 0) return [];
    const pipeline = this.#redis.pipeline();
    for (const startMs of startsMs) pipeline.hgetallBuffer(slotKey(this.#keyPrefix, tier, startMs));
    const replies = await this.#inTime(pipeline);
    return startsMs.map((startMs, index) => {
      // HGETALL returns an object with Buffers as values.
      const fields = (replies[index] ?? {}) as Record<string, Buffer>;
      return { startMs, blobs: Object.fromEntries(Object.entries(fields).filter(([field]) => !isSummaryField(field))) };
    });
  }

  /** The summaries of these slots, without series, in the requested order; usually a single pipeline. */
  async summaries(tier: Tier, startsMs: readonly number[]): Promise<SlotSummaries[]> {
    const found = startsMs.map((startMs): SlotSummaries => ({ startMs, summaries: [] }));
    let open = found.map((slot) => ({ slot, cursor: "0" }));
    while (open.length > 0) {
      const pipeline = this.#redis.pipeline();
      for (const { slot, cursor } of open) {
        const key = slotKey(this.#keyPrefix, tier, slot.startMs);
        pipeline.hscanBuffer(key, cursor, "MATCH", anySummaryField, "COUNT", fieldsPerStep);
      }
      const replies = await this.#inTime(pipeline);
      open = open.flatMap(({ slot }, index) => {
        // HSCAN returns the next cursor, then alternating fields and values, as Buffers.
        const [cursor, pairs] = replies[index] as [Buffer, Buffer[]];
        takeSummaries(slot, pairs);
        const next = cursor.toString();
        return next === "0" ? [] : [{ slot, cursor: next }];
      });
    }
    return found;
  }

  /** The statement texts of each node; empty if its texts are gone. */
  async texts(nodeIds: readonly string[]): Promise<Map<string, string>[]> {
    const pipeline = this.#redis.pipeline();
    for (const nodeId of nodeIds) pipeline.get(textsKey(this.#keyPrefix, nodeId));
    const replies = await this.#inTime(pipeline);
    return nodeIds.map((_, index) => {
      const json = replies[index];
      return parseStatementTexts(typeof json === "string" ? json : null);
    });
  }

  /** Bytes of each slot in Redis; null if absent. */
  async sizes(tier: Tier, startsMs: readonly number[]): Promise<(number | null)[]> {
    const pipeline = this.#redis.pipeline();
    for (const startMs of startsMs) pipeline.memory("USAGE", slotKey(this.#keyPrefix, tier, startMs), "SAMPLES", 0);
    const replies = await this.#inTime(pipeline);
    return startsMs.map((_, index) => (typeof replies[index] === "number" ? replies[index] : null));
  }

  async #inTime(pipeline: ChainableCommander): Promise<unknown[]> {
    const replies = (await withTimeout(pipeline.exec(), this.#deadlineMs)) ?? [];
    return replies.map(([error, reply]) => {
      if (error !== null) throw error;
      return reply;
    });
  }
}

/** A scan may return a field twice; it counts once. */
function takeSummaries({ summaries }: SlotSummaries, pairs: readonly Buffer[]): void {
  for (let index = 0; index + 1 < pairs.length; index += 2) {
    const field = (pairs[index]?.toString() ?? "").slice(0, -1);
    const head = readHead(pairs[index + 1] ?? Buffer.alloc(0));
    if (head === null || summaries.some((known) => known.field === field)) continue;
    summaries.push({ field, nodeId: nodeOfField(field), head });
  }
}
