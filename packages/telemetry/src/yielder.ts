import { setImmediate as nextTurn } from "node:timers/promises";

/** Lets other work run in between of a long computation. */
export class Yielder {
  readonly #longestMs: number;
  #since = performance.now();

  /** `longestMs`: how long the event loop may be held. */
  constructor(longestMs: number) {
    this.#longestMs = longestMs;
  }

  /** Call between two pieces of work, each well below `longestMs`. Waits one turn of the event loop when it is time. */
  async pause(): Promise<void> {
    if (performance.now() - this.#since < this.#longestMs) return;
    await nextTurn();
    this.#since = performance.now();
  }
}
