import type { Held, Policy } from "./policies";

/**
 * One queue and a hand that moves from the oldest entry to the newest: it evicts the first entry that was not read since it
 * last passed, and spares those that were.
 *
 * Zhang, Yang, Yue, Vigfusson, Rashmi: SIEVE is simpler than LRU (NSDI 2024).
 */
export class Sieve implements Policy {
  readonly #entries = new Map<string, Held>();
  readonly #maxEntries: number;
  #oldest: Held | null = null;
  #newest: Held | null = null;
  #hand: Held | null = null;

  constructor(maxEntries: number) {
    this.#maxEntries = maxEntries;
  }

  get(id: string): Held | undefined {
    const entry = this.#entries.get(id);
    if (entry !== undefined) entry.uses = 1;
    return entry;
  }

  set(entry: Held): void {
    if (this.#entries.size >= this.#maxEntries) this.#evict();
    this.#entries.set(entry.id, entry);
    entry.older = this.#newest;
    if (this.#newest === null) this.#oldest = entry;
    else this.#newest.newer = entry;
    this.#newest = entry;
  }

  #evict(): void {
    let victim = this.#hand ?? this.#oldest;
    while (victim !== null && victim.uses > 0) {
      victim.uses = 0;
      victim = victim.newer ?? this.#oldest;
    }
    if (victim === null) return;
    const { older, newer } = victim;
    this.#hand = newer;
    if (older === null) this.#oldest = newer;
    else older.newer = newer;
    if (newer === null) this.#newest = older;
    else newer.older = older;
    victim.older = victim.newer = null;
    this.#entries.delete(victim.id);
  }
}
