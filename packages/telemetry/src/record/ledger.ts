import { Book } from "../store/snapshot";
import { encodeNote } from "../store/snapshot-codec";
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
  note: Buffer;
  /** Messages that are lost with it when it cannot be stored. */
  messages: number;
  /** Nothing will be added to it any more. */
  final: boolean;
};

type OpenSlot = { startMs: number; era: number; book: Book };

/**
 * Counts into the running fine slot and keeps what the stores need: the running coarse slot (a sum of fine ones) and
 * the totals since the process began. A message is counted once, whatever the number of tiers.
 */
export class Ledger {
  readonly #maxSeries: number;
  readonly #maxSlotBytes: SlotBytes;
  #state: NodeState | null = null;
  #live: OpenSlot;
  #closed: OpenSlot[] = [];
  #spare: Book | null = null;
  #coarse: OpenSlot;
  readonly #running: Book;
  readonly #total: Book;
  readonly #givenUp = new Map<Tier, number>();

  constructor(options: { maxSeries: number; nowMs: number; maxSlotBytes?: SlotBytes }) {
    this.#maxSeries = options.maxSeries;
    this.#maxSlotBytes = options.maxSlotBytes ?? slotBytes();
    this.#live = { startMs: slotStart(fineTier, options.nowMs), era: 0, book: this.#newBook() };
    this.#coarse = { startMs: slotStart(coarseTier, options.nowMs), era: 0, book: this.#newBook() };
    this.#running = this.#newBook();
    this.#total = this.#newBook();
  }

  /** The book to count into at `nowMs`. Closes the running slot when its time is over, without any other work. */
  at(nowMs: number): Book {
    const { startMs } = this.#live;
    if (nowMs >= startMs + fineTier.widthMs || nowMs < startMs - toleratedStepBackMs) this.#turnPage(nowMs);
    return this.#live.book;
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
      this.#coarse.book.merge(slot.book);
      this.#total.merge(slot.book);
      slot.book.reset();
      this.#spare = slot.book;
    }
    this.#turnCoarse(this.#live, writes, nowMs);
    this.#write(fineTier, this.#live, false, nowMs, writes);
    this.#running.reset();
    this.#running.merge(this.#coarse.book);
    this.#running.merge(this.#live.book);
    this.#write(coarseTier, { ...this.#coarse, book: this.#running }, false, nowMs, writes);
    return writes;
  }

  /** Messages that were recorded and that could not be, since the process began. */
  counts(): { recorded: number; dropped: number } {
    const sum = { recorded: 0, dropped: 0 };
    for (const { recorded, dropped } of [this.#total, ...this.#closed.map(({ book }) => book), this.#live.book]) {
      sum.recorded += recorded;
      sum.dropped += dropped;
    }
    return sum;
  }

  /** A copy of all that was counted since the process began. */
  totals(): Book {
    const sum = this.#newBook();
    sum.merge(this.#total);
    for (const slot of this.#closed) sum.merge(slot.book);
    sum.merge(this.#live.book);
    return sum;
  }

  #turnPage(nowMs: number): void {
    const steppedBack = nowMs < this.#live.startMs;
    this.#closed.push(this.#live);
    const book = this.#spare ?? this.#newBook();
    this.#spare = null;
    this.#live = { startMs: slotStart(fineTier, nowMs), era: this.#live.era + (steppedBack ? 1 : 0), book };
  }

  /** Ends the coarse slot when `fine` belongs to another one. */
  #turnCoarse(fine: OpenSlot, writes: SlotWrite[], nowMs: number): void {
    const startMs = slotStart(coarseTier, fine.startMs);
    if (startMs === this.#coarse.startMs && fine.era === this.#coarse.era) return;
    this.#write(coarseTier, this.#coarse, true, nowMs, writes);
    this.#coarse.book.reset();
    this.#coarse = { startMs, era: fine.era, book: this.#coarse.book };
  }

  /** A slot that cannot be written is given up when it is final; a running one comes again. The others are written. */
  #write(tier: Tier, slot: OpenSlot, final: boolean, nowMs: number, writes: SlotWrite[]): void {
    try {
      writes.push(this.#encode(tier, slot, final, nowMs));
    } catch {
      if (final) this.giveUp(tier, slot.book.recorded);
    }
  }

  #encode(tier: Tier, slot: OpenSlot, final: boolean, nowMs: number): SlotWrite {
    const givenUp = this.#givenUp.get(tier) ?? 0;
    const { book, startMs, era } = slot;
    const dropped = book.dropped + givenUp;
    const maxBytes = tier === fineTier ? this.#maxSlotBytes.fine : this.#maxSlotBytes.coarse;
    const parts = encodeWithin(book, { writtenAtMs: nowMs, dropped }, maxBytes);
    // Read with each look at the nodes; of 5 s slots there are too many, and only a goodbye is news.
    const isTold = tier === coarseTier || this.#state?.stopped === true;
    const note = encodeNote(parts, isTold ? this.#state : null);
    const blob = Buffer.concat([parts.head, parts.body]);
    if (final) this.#givenUp.delete(tier);
    return { tier, startMs, era, blob, note, messages: book.recorded + dropped, final };
  }

  #newBook(): Book {
    return new Book(this.#maxSeries);
  }
}

/** The wall clock is looked at this often at least, for it may have been set. */
const longestTrustMs = 1_000;

/**
 * The book of the running slot. Most messages tell when they ended, on a clock that is never set: until the slot's end by
 * that clock nobody need ask what time it is, which would cost as much as counting does.
 */
export class CurrentBook {
  readonly #ledger: Ledger;
  readonly #now: () => number;
  #book: Book;
  #untilMs = 0;

  /** `now`: wall clock in ms. */
  constructor(ledger: Ledger, now: () => number) {
    this.#ledger = ledger;
    this.#now = now;
    this.#book = this.look();
  }

  /** The book for what ended at `endedAtMs` of `performance.now()`; for what ended now when that is not known. */
  at(endedAtMs = Number.NaN): Book {
    return endedAtMs < this.#untilMs ? this.#book : this.look();
  }

  /** Looks at the clock. To be called whenever somebody else may have turned the ledger's page. */
  look(): Book {
    const nowMs = this.#now();
    this.#book = this.#ledger.at(nowMs);
    this.#untilMs = performance.now() + Math.min(this.#ledger.endMs - nowMs, longestTrustMs);
    return this.#book;
  }
}
