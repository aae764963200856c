import type { SlotWrite } from "./ledger";
import { coarseTier, fineTier, slotExpiry, type Tier } from "./tiers";

function keyOf(write: SlotWrite): string {
  return `${write.tier.name}:${write.startMs}:${write.era}`;
}

/** Slots that are not stored yet, the newest state of each. Bounded in bytes: the oldest are given up first. */
export class Backlog {
  readonly #waiting = new Map<string, SlotWrite>();
  readonly #maxBytes: number;
  readonly #minutesKeepMs: number;
  readonly #giveUp: (tier: Tier, messages: number) => void;
  #bytes = 0;

  /** `giveUp` hears of every message that will not be stored. */
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
      // Nobody can ask for these any more, so nothing is lost.
      const keepMs = write.tier === fineTier ? fineTier.keepMs : this.#minutesKeepMs;
      if (slotExpiry(write.tier, write.startMs, keepMs) <= nowMs) this.#remove(key);
    }
    if (this.#bytes > this.#maxBytes) this.#shed();
  }

  /** The oldest waiting slots, together at most `maxBytes`, and always the running ones: they are what a crash would lose. */
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

  /** Forgets `write`, which is stored now, unless a newer state of its slot has come meanwhile. */
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
