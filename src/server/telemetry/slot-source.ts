import type { ChainableCommander, Redis } from "ioredis";
import { parseStatementTexts } from "./statement-texts";
import { slotKey, textsKey, type Tier } from "./tiers";

/** The blobs of one slot by field; empty where no node reported. */
export type StoredSlot = { startMs: number; blobs: Record<string, Buffer> };

/** Reads what the nodes stored. Rejects when Redis fails or does not answer within the deadline. */
export class SlotSource {
  readonly #redis: Redis;
  readonly #keyPrefix: string;
  readonly #deadlineMs: number;

  constructor(options: { redis: Redis; keyPrefix: string; deadlineMs: number }) {
    this.#redis = options.redis;
    this.#keyPrefix = options.keyPrefix;
    this.#deadlineMs = options.deadlineMs;
  }

  /** One pipeline for all of them, in the order asked for. */
  async slots(tier: Tier, startsMs: readonly number[]): Promise<StoredSlot[]> {
    const pipeline = this.#redis.pipeline();
    for (const startMs of startsMs) pipeline.hgetallBuffer(slotKey(this.#keyPrefix, tier, startMs));
    const replies = await this.#inTime(pipeline);
    // HGETALL answers with an object of fields, with Buffers as asked for.
    return startsMs.map((startMs, index) => ({ startMs, blobs: (replies[index] ?? {}) as Record<string, Buffer> }));
  }

  /** The statements' texts of each node; empty for one whose texts are gone. */
  async texts(nodeIds: readonly string[]): Promise<Map<string, string>[]> {
    const pipeline = this.#redis.pipeline();
    for (const nodeId of nodeIds) pipeline.get(textsKey(this.#keyPrefix, nodeId));
    const replies = await this.#inTime(pipeline);
    return nodeIds.map((_, index) => {
      const json = replies[index];
      return parseStatementTexts(typeof json === "string" ? json : null);
    });
  }

  async #inTime(pipeline: ChainableCommander): Promise<unknown[]> {
    let deadline: NodeJS.Timeout | undefined;
    const late = new Promise<never>((_, reject) => {
      deadline = setTimeout(() => reject(new Error(`no reply within ${this.#deadlineMs} ms`)), this.#deadlineMs);
    });
    try {
      const replies = (await Promise.race([pipeline.exec(), late])) ?? [];
      return replies.map(([error, reply]) => {
        if (error !== null) throw error;
        return reply;
      });
    } finally {
      clearTimeout(deadline);
    }
  }
}
