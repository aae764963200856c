import { setImmediate as nextTurn } from "node:timers/promises";

/** Lets other work run in between of a long computation. */
export class Yielder {
  readonly #maxHoldMs: number;
  #since = performance.now();

  /** `maxHoldMs`: how long the event loop may be held. */
  constructor(maxHoldMs: number) {
    this.#maxHoldMs = maxHoldMs;
  }

  /** Call between two pieces of work, each well below `maxHoldMs`. Waits one turn of the event loop when it is time. */
  async pause(): Promise<void> {
    if (performance.now() - this.#since < this.#maxHoldMs) return;
    await nextTurn();
    this.#since = performance.now();
  }
}
