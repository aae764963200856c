import { setImmediate as nextTurn } from "node:timers/promises";

/** Yields to other work during a long computation. */
export class Yielder {
  readonly #maxHoldMs: number;
  #since = performance.now();

  /** `maxHoldMs`: the longest the event loop may be blocked. */
  constructor(maxHoldMs: number) {
    this.#maxHoldMs = maxHoldMs;
  }

  /** Call between pieces of work well under `maxHoldMs` each. Yields one turn of the event loop when the time is up. */
  async pause(): Promise<void> {
    if (performance.now() - this.#since < this.#maxHoldMs) return;
    await nextTurn();
    this.#since = performance.now();
  }
}
