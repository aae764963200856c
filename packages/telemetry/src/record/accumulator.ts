import { MetricSnapshot } from "../store/snapshot";
import { encodeSummary } from "../store/snapshot-codec";
import type { NodeState } from "./node-state";
import { encodeWithin } from "../store/merge-snapshots";
import { coarseTier, fineTier, type SlotBytes, slotBytes, slotStart, type Tier } from "../store/tiers";
import { performance } from "node:perf_hooks";

/** The clock may step back this far before its new time is believed; until then the running slot goes on. */
const toleratedStepBackMs = 60_000;

/** One slot as it is to be stored. */
export type SlotWrite = {
  tier: Tier;
  startMs: number;
  /** Raised when the clock stepped back, so that a slot that was stored before is not overwritten. */
  era: number;
  blob: Buffer;
  /** What is read instead of the blob where its series are not wanted. */
  summary: Buffer;
  /** Messages that are lost with it when it cannot be stored. */
  messages: number;
  /** Nothing will be added to it any more. */
  final: boolean;
};

type OpenSlot = { startMs: number; era: number; snapshot: MetricSnapshot };

/**
 * Counts into the running fine slot and keeps what the stores need: the running coarse slot (a sum of fine ones) and
 * the totals since the process began. A message is counted once, whatever the number of tiers.
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
    this.#live = { startMs: slotStart(fineTier, options.nowMs), era: 0, snapshot: this.#newBook() };
    this.#coarse = { startMs: slotStart(coarseTier, options.nowMs), era: 0, snapshot: this.#newBook() };
    this.#running = this.#newBook();
    this.#total = this.#newBook();
  }

  /** The snapshot to count into at `nowMs`. Closes the running slot when its time is over, without any other work. */
  at(nowMs: number): MetricSnapshot {
    const { startMs } = this.#live;
    if (nowMs >= startMs + fineTier.widthMs || nowMs < startMs - toleratedStepBackMs) this.#startSlot(nowMs);
    return this.#live.snapshot;
  }

  /** When the running fine slot ends. */
  get endMs(): number {
    return this.#live.startMs + fineTier.widthMs;
  }

  /** Counts messages of `tier` that will never be stored. They show in its running slot. */
  giveUp(tier: Tier, messages: number): void {
    this.#givenUp.set(tier, (this.#givenUp.get(tier) ?? 0) + messages);
  }

  /**
   * Everything that changed since the last call: slots that ended, then the running ones. Oldest first. `state`: what
   * the process says of itself.
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

  /** Messages that were recorded and that could not be, since the process began. */
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

  /** A copy of all that was counted since the process began. */
  totals(): MetricSnapshot {
    const sum = this.#newBook();
    sum.merge(this.#total);
    for (const slot of this.#closed) sum.merge(slot.snapshot);
    sum.merge(this.#live.snapshot);
    return sum;
  }

  #startSlot(nowMs: number): void {
    const steppedBack = nowMs < this.#live.startMs;
    this.#closed.push(this.#live);
    const snapshot = this.#spare ?? this.#newBook();
    this.#spare = null;
    this.#live = { startMs: slotStart(fineTier, nowMs), era: this.#live.era + (steppedBack ? 1 : 0), snapshot };
  }

  /** Ends the coarse slot when `fine` belongs to another one. */
  #turnCoarse(fine: OpenSlot, writes: SlotWrite[], nowMs: number): void {
    const startMs = slotStart(coarseTier, fine.startMs);
    if (startMs === this.#coarse.startMs && fine.era === this.#coarse.era) return;
    this.#write(coarseTier, this.#coarse, true, nowMs, writes);
    this.#coarse.snapshot.reset();
    this.#coarse = { startMs, era: fine.era, snapshot: this.#coarse.snapshot };
  }

  /** A slot that cannot be written is given up when it is final; a running one comes again. The others are written. */
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
    // Read with each look at the nodes; of 5 s slots there are too many, and only a goodbye is news.
    const isTold = tier === coarseTier || this.#state?.stopped === true;
    const summary = encodeSummary(parts, isTold ? this.#state : null);
    const blob = Buffer.concat([parts.head, parts.body]);
    if (final) this.#givenUp.delete(tier);
    return { tier, startMs, era, blob, summary, messages: snapshot.recorded + dropped, final };
  }

  #newBook(): MetricSnapshot {
    return new MetricSnapshot(this.#maxSeries);
  }
}

/** The wall clock is looked at this often at least, for it may have been set. */
const maxTrustMs = 1_000;

/**
 * The snapshot of the running slot. Most messages tell when they ended, on a clock that is never set: until the slot's end by
 * that clock there is no need to read the wall clock, which would cost as much as counting does.
 */
export class CurrentSlot {
  readonly #accumulator: SlotAccumulator;
  readonly #now: () => number;
  #snapshot: MetricSnapshot;
  #untilMs = 0;

  /** `now`: wall clock in ms. */
  constructor(accumulator: SlotAccumulator, now: () => number) {
    this.#accumulator = accumulator;
    this.#now = now;
    this.#snapshot = this.refresh();
  }

  /** The snapshot for what ended at `endedAtMs` of `performance.now()`; for what ended now when that is not known. */
  at(endedAtMs = Number.NaN): MetricSnapshot {
    return endedAtMs < this.#untilMs ? this.#snapshot : this.refresh();
  }

  /** Looks at the clock. To be called whenever somebody else may have turned the accumulator's slot. */
  refresh(): MetricSnapshot {
    const nowMs = this.#now();
    this.#snapshot = this.#accumulator.at(nowMs);
    this.#untilMs = performance.now() + Math.min(this.#accumulator.endMs - nowMs, maxTrustMs);
    return this.#snapshot;
  }
}
