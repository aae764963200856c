/** Lets the first few of each kind pass in a span of time and counts the rest, so that a storm does not fill the disk. */
export class Throttle {
  readonly #most: number;
  readonly #perMs: number;
  readonly #now: () => number;
  readonly #kinds = new Map<string, { sinceMs: number; passed: number; heldBack: number }>();

  /** `now` in milliseconds, on any clock. At most `mostKinds` kinds are known at a time. */
  constructor(options: { most: number; perMs: number; now: () => number }) {
    this.#most = options.most;
    this.#perMs = options.perMs;
    this.#now = options.now;
  }

  /** Null when this one is one too many, else how many of its kind were held back before it. */
  take(kind: string): number | null {
    const nowMs = this.#now();
    let known = this.#kinds.get(kind);
    if (known === undefined) {
      if (this.#kinds.size >= mostKinds) this.#kinds.clear();
      known = { sinceMs: nowMs, passed: 0, heldBack: 0 };
      this.#kinds.set(kind, known);
    }
    if (nowMs - known.sinceMs >= this.#perMs) {
      known.sinceMs = nowMs;
      known.passed = 0;
    }
    if (known.passed >= this.#most) {
      known.heldBack += 1;
      return null;
    }
    known.passed += 1;
    const { heldBack } = known;
    known.heldBack = 0;
    return heldBack;
  }
}

const mostKinds = 500;
