import { MetricSnapshot } from "../store/snapshot";
import { encodeSummary } from "../store/snapshot-codec";
import type { NodeState } from "./node-state";
import { encodeWithin } from "../store/merge-snapshots";
import { coarseTier, fineTier, type SlotBytes, slotBytes, slotStart, type Tier } from "../store/tiers";
import { performance } from "node:perf_hooks";

/** A backward clock step up to this size is ignored and the running slot continues; a larger one is accepted. */
const toleratedStepBackMs = 60_000;

/** A slot ready to be stored. */
export type SlotWrite = {
  tier: Tier;
  startMs: number;
  /** Incremented when the clock steps back, so that a slot already stored is not overwritten. */
  era: number;
  blob: Buffer;
  /** Read instead of the blob when the series are not needed. */
  summary: Buffer;
  /** Messages lost if this slot cannot be stored. */
  messages: number;
  /** The slot is complete. */
  final: boolean;
};

type OpenSlot = { startMs: number; era: number; snapshot: MetricSnapshot };

/**
 * Counts into the running fine slot and keeps what the stores need: the running coarse slot (a sum of fine ones) and
 * the totals since the process started. A message is counted once, regardless of the number of tiers.
 */
export class SlotAccumulator {
  readonly #maxSeries: number;
  readonly #maxSlotBytes: SlotBytes;
  #state: NodeState | null = null;
  #live: OpenSlot;
  #closed: OpenSlot[] = [];
  #spare: MetricSnapshot | null = null;
  #coarse: OpenSlot;
  readonly #running: MetricSnapshot;
  readonly #total: MetricSnapshot;
  readonly #givenUp = new Map<Tier, number>();

  constructor(options: { maxSeries: number; nowMs: number; maxSlotBytes?: SlotBytes }) {
    this.#maxSeries = options.maxSeries;
    this.#maxSlotBytes = options.maxSlotBytes ?? slotBytes();
    this.#live = { startMs: slotStart(fineTier, options.nowMs), era: 0, snapshot: this.#newSnapshot() };
    this.#coarse = { startMs: slotStart(coarseTier, options.nowMs), era: 0, snapshot: this.#newSnapshot() };
    this.#running = this.#newSnapshot();
    this.#total = this.#newSnapshot();
  }

  /** The snapshot to count into at `nowMs`. Closes the running slot if it has ended; does nothing else. */
  at(nowMs: number): MetricSnapshot {
    const { startMs } = this.#live;
    if (nowMs >= startMs + fineTier.widthMs || nowMs < startMs - toleratedStepBackMs) this.#startSlot(nowMs);
    return this.#live.snapshot;
  }

  /** When the running fine slot ends. */
  get endMs(): number {
    return this.#live.startMs + fineTier.widthMs;
  }

  /** Counts messages of `tier` that will never be stored. They are reported in its running slot. */
  giveUp(tier: Tier, messages: number): void {
    this.#givenUp.set(tier, (this.#givenUp.get(tier) ?? 0) + messages);
  }

  /**
   * All changes since the last call: completed slots, then the running ones. Oldest first. `state` is the process
   * state to store with the slots.
   */
  settle(nowMs: number, state: NodeState | null = null): SlotWrite[] {
    this.#state = state;
    this.at(nowMs);
    const writes: SlotWrite[] = [];
    const closed = this.#closed;
    this.#closed = [];
    for (const slot of closed) {
      this.#turnCoarse(slot, writes, nowMs);
      this.#write(fineTier, slot, true, nowMs, writes);
      this.#coarse.snapshot.merge(slot.snapshot);
      this.#total.merge(slot.snapshot);
      slot.snapshot.reset();
      this.#spare = slot.snapshot;
    }
    this.#turnCoarse(this.#live, writes, nowMs);
    this.#write(fineTier, this.#live, false, nowMs, writes);
    this.#running.reset();
    this.#running.merge(this.#coarse.snapshot);
    this.#running.merge(this.#live.snapshot);
    this.#write(coarseTier, { ...this.#coarse, snapshot: this.#running }, false, nowMs, writes);
    return writes;
  }

  /** Messages recorded and dropped since the process started. */
  counts(): { recorded: number; dropped: number } {
    const sum = { recorded: 0, dropped: 0 };
    for (const { recorded, dropped } of [
      this.#total,
      ...this.#closed.map(({ snapshot }) => snapshot),
      this.#live.snapshot,
    ]) {
      sum.recorded += recorded;
      sum.dropped += dropped;
    }
    return sum;
  }

  /** A copy of all counts since the process started. */
  totals(): MetricSnapshot {
    const sum = this.#newSnapshot();
    sum.merge(this.#total);
    for (const slot of this.#closed) sum.merge(slot.snapshot);
    sum.merge(this.#live.snapshot);
    return sum;
  }

  #startSlot(nowMs: number): void {
    const steppedBack = nowMs < this.#live.startMs;
    this.#closed.push(this.#live);
    const snapshot = this.#spare ?? this.#newSnapshot();
    this.#spare = null;
    this.#live = { startMs: slotStart(fineTier, nowMs), era: this.#live.era + (steppedBack ? 1 : 0), snapshot };
  }

  /** Ends the coarse slot if `fine` belongs to the next one. */
  #turnCoarse(fine: OpenSlot, writes: SlotWrite[], nowMs: number): void {
    const startMs = slotStart(coarseTier, fine.startMs);
    if (startMs === this.#coarse.startMs && fine.era === this.#coarse.era) return;
    this.#write(coarseTier, this.#coarse, true, nowMs, writes);
    this.#coarse.snapshot.reset();
    this.#coarse = { startMs, era: fine.era, snapshot: this.#coarse.snapshot };
  }

  /** Drops a final slot that cannot be encoded; a running one is retried. Other slots are written as usual. */
  #write(tier: Tier, slot: OpenSlot, final: boolean, nowMs: number, writes: SlotWrite[]): void {
    try {
      writes.push(this.#encode(tier, slot, final, nowMs));
    } catch {
      if (final) this.giveUp(tier, slot.snapshot.recorded);
    }
  }

  #encode(tier: Tier, slot: OpenSlot, final: boolean, nowMs: number): SlotWrite {
    const givenUp = this.#givenUp.get(tier) ?? 0;
    const { snapshot, startMs, era } = slot;
    const dropped = snapshot.dropped + givenUp;
    const maxBytes = tier === fineTier ? this.#maxSlotBytes.fine : this.#maxSlotBytes.coarse;
    const parts = encodeWithin(snapshot, { writtenAtMs: nowMs, dropped }, maxBytes);
    // Node pages read the state from coarse summaries. 5 s slots are too many to repeat it; only the final stop matters.
    const hasState = tier === coarseTier || this.#state?.stopped === true;
    const summary = encodeSummary(parts, hasState ? this.#state : null);
    const blob = Buffer.concat([parts.head, parts.body]);
    if (final) this.#givenUp.delete(tier);
    return { tier, startMs, era, blob, summary, messages: snapshot.recorded + dropped, final };
  }

  #newSnapshot(): MetricSnapshot {
    return new MetricSnapshot(this.#maxSeries);
  }
}

/** Maximum time between reads of the wall clock, because the clock can be set. */
const maxTrustMs = 1_000;

/**
 * The snapshot of the running slot. Most messages carry their end time on a monotonic clock. Until that clock reaches the
 * end of the slot, there is no need to read the wall clock, which would cost as much as counting does.
 */
export class CurrentSlot {
  readonly #accumulator: SlotAccumulator;
  readonly #now: () => number;
  #snapshot: MetricSnapshot;
  #untilMs = 0;

  /** `now`: wall clock in milliseconds. */
  constructor(accumulator: SlotAccumulator, now: () => number) {
    this.#accumulator = accumulator;
    this.#now = now;
    this.#snapshot = this.refresh();
  }

  /** The snapshot for a message that ended at `endedAtMs` of `performance.now()`, or now if unknown. */
  at(endedAtMs = Number.NaN): MetricSnapshot {
    return endedAtMs < this.#untilMs ? this.#snapshot : this.refresh();
  }

  /** Reads the clock. Call this whenever other code may have changed the accumulator's slot. */
  refresh(): MetricSnapshot {
    const nowMs = this.#now();
    this.#snapshot = this.#accumulator.at(nowMs);
    this.#untilMs = performance.now() + Math.min(this.#accumulator.endMs - nowMs, maxTrustMs);
    return this.#snapshot;
  }
}
