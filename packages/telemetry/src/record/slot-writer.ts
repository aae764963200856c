import type { SlotWrite } from "./accumulator";
import {
  coarseTier,
  fineTier,
  summaryField,
  slotExpiry,
  slotField,
  slotKey,
  textsKeepMs,
  textsKey,
  type Tier,
} from "../store/tiers";
import type { ChainableCommander, Redis } from "ioredis";

function keyOf(write: SlotWrite): string {
  return `${write.tier.name}:${write.startMs}:${write.era}`;
}

/** Slots not yet stored, with the latest state of each. Bounded in bytes: the oldest are dropped first. */
export class Backlog {
  readonly #waiting = new Map<string, SlotWrite>();
  readonly #maxBytes: number;
  readonly #minutesKeepMs: number;
  readonly #giveUp: (tier: Tier, messages: number) => void;
  #bytes = 0;

  /** `giveUp` is called with the messages of every slot that will not be stored. */
  constructor(options: { maxBytes: number; minutesKeepMs?: number; giveUp: (tier: Tier, messages: number) => void }) {
    this.#maxBytes = options.maxBytes;
    this.#minutesKeepMs = options.minutesKeepMs ?? coarseTier.keepMs;
    this.#giveUp = options.giveUp;
  }

  get size(): number {
    return this.#waiting.size;
  }

  get bytes(): number {
    return this.#bytes;
  }

  /** Adds `writes`, oldest first; each replaces an earlier state of the same slot. */
  put(writes: readonly SlotWrite[], nowMs: number): void {
    for (const write of writes) {
      this.#remove(keyOf(write));
      this.#waiting.set(keyOf(write), write);
      this.#bytes += write.blob.length;
    }
    for (const [key, write] of this.#waiting) {
      // These have expired, so nothing is lost.
      const keepMs = write.tier === fineTier ? fineTier.keepMs : this.#minutesKeepMs;
      if (slotExpiry(write.tier, write.startMs, keepMs) <= nowMs) this.#remove(key);
    }
    if (this.#bytes > this.#maxBytes) this.#shed();
  }

  /** The oldest waiting slots, up to `maxBytes`, always including the running ones: a crash would lose those. */
  batch(maxBytes: number): SlotWrite[] {
    const batch: SlotWrite[] = [];
    let bytes = 0;
    for (const write of this.#waiting.values()) {
      if (write.final && bytes > 0 && bytes + write.blob.length > maxBytes) continue;
      batch.push(write);
      bytes += write.blob.length;
    }
    return batch;
  }

  /** Removes `write` once it is stored, unless a newer state of its slot has arrived since. */
  stored(write: SlotWrite): void {
    if (this.#waiting.get(keyOf(write)) === write) this.#remove(keyOf(write));
  }

  /** Fine slots go first: the coarse ones hold the same messages for longer. */
  #shed(): void {
    const oldestFirst = [...this.#waiting].filter(([, write]) => write.final);
    const fine = oldestFirst.filter(([, write]) => write.tier === fineTier);
    const coarse = oldestFirst.filter(([, write]) => write.tier !== fineTier);
    for (const [key, write] of [...fine, ...coarse]) {
      if (this.#bytes <= this.#maxBytes) return;
      this.#remove(key);
      this.#giveUp(write.tier, write.messages);
    }
  }

  #remove(key: string): void {
    const write = this.#waiting.get(key);
    if (write === undefined) return;
    this.#waiting.delete(key);
    this.#bytes -= write.blob.length;
  }
}

const clockErrorMs = 60_000;

export type SlotStoreOptions = {
  redis: Redis;
  keyPrefix: string;
  nodeId: string;
  /** Distinguishes processes with the same node ID. */
  incarnation: string;
  /** How long minutes are kept. Default: three hours. */
  minutesKeepMs?: number;
};

/** What one call stored in Redis. */
export type Stored = { slots: SlotWrite[]; texts: boolean; commands: number };

/**
 * Writes slots, each in full: a repeated write changes nothing, so a write with an unknown result is sent again.
 * Each slot has a summary beside it, which is read when the series are not needed. The first and last write of a slot
 * set its time to live; the writes in between are a single HSET each.
 */
export class SlotStore {
  readonly #options: SlotStoreOptions;
  readonly #withExpiry = new Map<Tier, string>();

  constructor(options: SlotStoreOptions) {
    this.#options = options;
  }

  /** Sends one pipeline. Resolves with the slots that were stored and never rejects; the others must be sent again. */
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
    pipeline.hset(key, field, write.blob, summaryField(field), write.summary);
    if (!write.final && this.#withExpiry.get(write.tier) === key) return 1;
    const { widthMs } = write.tier;
    const keepMs = write.tier === fineTier ? fineTier.keepMs : this.#options.minutesKeepMs;
    // Other nodes write into this slot too: a node whose clock runs ahead must not expire it early.
    const minMs = 2 * widthMs + clockErrorMs;
    pipeline.pexpire(key, Math.ceil(Math.max(minMs, slotExpiry(write.tier, write.startMs, keepMs) - nowMs)));
    return 2;
  }

  #keyOf(write: SlotWrite): string {
    return slotKey(this.#options.keyPrefix, write.tier, write.startMs);
  }
}
