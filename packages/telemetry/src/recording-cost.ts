import { performance } from "node:perf_hooks";
import { Book } from "./book";

const runs = 200;
/** Weight of a new measure in the average: one that a busy machine interrupted says little. */
const weight = 0.2;

/**
 * Estimates what counting one message costs. Each message is too short to be timed by itself: two looks at the clock
 * cost more. So now and then a few hundred are counted into a book of its own.
 */
export class RecordingCost {
  readonly #book = new Book(10);
  readonly #now: () => number;
  #messageUs: number | null = null;

  /** `now`: what each message asks for the time. */
  constructor(now: () => number) {
    this.#now = now;
  }

  /** Microseconds per message. */
  get messageUs(): number {
    return this.#messageUs ?? 0;
  }

  measure(): void {
    const { rpc, cache } = this.#book.tables;
    const beganAtMs = performance.now();
    for (let run = 0; run < runs; run += 1) {
      this.#now();
      rpc.at("app", "measured").record({ procedure: "", type: "query", durationMs: run, ok: true, errorCode: null });
      this.#now();
      const read = { type: "read", group: "", outcome: "hit", tier: "l1", durationMs: run, loadMs: null } as const;
      cache.at("app", "measured").record(read);
    }
    const tookUs = ((performance.now() - beganAtMs) * 1e3) / (2 * runs);
    this.#messageUs = this.#messageUs === null ? tookUs : this.#messageUs + weight * (tookUs - this.#messageUs);
    this.#book.reset();
  }
}
