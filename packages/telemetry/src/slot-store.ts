import type { ChainableCommander, Redis } from "ioredis";
import type { SlotWrite } from "./ledger";
import { fineTier, noteField, slotExpiry, slotField, slotKey, textsKeepMs, textsKey, type Tier } from "./tiers";

const clockErrorMs = 60_000;

export type SlotStoreOptions = {
  redis: Redis;
  keyPrefix: string;
  nodeId: string;
  /** Differs between two processes of the same node id. */
  incarnation: string;
  /** How long minutes are kept; the usual three hours when left out. */
  minutesKeepMs?: number;
};

/** What one call brought into Redis. */
export type Stored = { slots: SlotWrite[]; texts: boolean; commands: number };

/**
 * Writes slots, each as a whole: repeating one changes nothing, so a write of unknown outcome is simply sent again.
 * Beside each lies its note, which is read where the series are not wanted. A slot's time to live is set by its first and its last write; the writes in between are one HSET each.
 */
export class SlotStore {
  readonly #options: SlotStoreOptions;
  readonly #withExpiry = new Map<Tier, string>();

  constructor(options: SlotStoreOptions) {
    this.#options = options;
  }

  /** One pipeline. Resolves with what was stored and never rejects: what is missing in the answer is to be sent again. */
  async write(writes: readonly SlotWrite[], texts: string | null, nowMs: number): Promise<Stored> {
    const { redis, keyPrefix, nodeId } = this.#options;
    try {
      const pipeline = redis.pipeline();
      const steps = writes.map((write) => ({ write, commands: this.#add(pipeline, write, nowMs) }));
      if (texts !== null) pipeline.set(textsKey(keyPrefix, nodeId), texts, "PX", textsKeepMs);
      const commands = pipeline.length;
      const replies = (await pipeline.exec()) ?? [];
      let next = 0;
      const slots: SlotWrite[] = [];
      for (const { write, commands: own } of steps) {
        const mine = replies.slice(next, next + own);
        next += own;
        if (mine.length < own || mine.some(([error]) => error !== null)) continue;
        slots.push(write);
        if (!write.final && own > 1) this.#withExpiry.set(write.tier, this.#keyOf(write));
      }
      const textReply = replies[next];
      return { slots, texts: texts === null || (textReply !== undefined && textReply[0] === null), commands };
    } catch {
      return { slots: [], texts: false, commands: 0 };
    }
  }

  /** Returns how many commands the slot took. */
  #add(pipeline: ChainableCommander, write: SlotWrite, nowMs: number): number {
    const { nodeId, incarnation } = this.#options;
    const key = this.#keyOf(write);
    const field = slotField(nodeId, write.era === 0 ? incarnation : `${incarnation}-${write.era}`);
    pipeline.hset(key, field, write.blob, noteField(field), write.note);
    if (!write.final && this.#withExpiry.get(write.tier) === key) return 1;
    const { widthMs } = write.tier;
    const keepMs = write.tier === fineTier ? fineTier.keepMs : this.#options.minutesKeepMs;
    // Other nodes write into this slot: one whose clock runs ahead must not take it away from them.
    const leastMs = 2 * widthMs + clockErrorMs;
    pipeline.pexpire(key, Math.max(leastMs, slotExpiry(write.tier, write.startMs, keepMs) - nowMs));
    return 2;
  }

  #keyOf(write: SlotWrite): string {
    return slotKey(this.#options.keyPrefix, write.tier, write.startMs);
  }
}
