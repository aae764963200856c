import { performance } from "node:perf_hooks";
import type { Book } from "./book";
import type { Ledger } from "./ledger";

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
