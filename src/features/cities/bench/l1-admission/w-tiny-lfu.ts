import type { Held, Policy } from "./policies";

const windowShare = 0.01;
const protectedShare = 0.8;

/**
 * A new entry enters a small window. What leaves the window is kept only if it was asked for more often than the entry that
 * would have to go. The rest is a segmented LRU. How often ids were asked for is estimated by a count-min sketch of four-bit
 * counters, which are halved from time to time.
 *
 * Einziger, Friedman, Manes: TinyLFU, a highly efficient cache admission policy (ACM Transactions on Storage 13, 2017).
 */
export class WTinyLfu implements Policy {
  readonly #entries = new Map<string, Held>();
  readonly #window = new List();
  readonly #probation = new List();
  readonly #protected = new List();
  /** An entry's `uses` is the index of its list. */
  readonly #lists = [this.#window, this.#probation, this.#protected] as const;
  readonly #asked: Sketch;
  readonly #maxWindow: number;
  readonly #maxMain: number;
  readonly #maxProtected: number;

  constructor(maxEntries: number) {
    this.#asked = new Sketch(maxEntries);
    this.#maxWindow = Math.max(1, Math.floor(maxEntries * windowShare));
    this.#maxMain = maxEntries - this.#maxWindow;
    this.#maxProtected = Math.floor(this.#maxMain * protectedShare);
  }

  get(id: string): Held | undefined {
    this.#asked.add(id);
    const entry = this.#entries.get(id);
    if (entry === undefined) return undefined;
    this.#lists[entry.uses]?.remove(entry);
    if (entry.uses === 0) this.#put(entry, 0);
    else this.#protect(entry);
    return entry;
  }

  set(entry: Held): void {
    this.#entries.set(entry.id, entry);
    this.#put(entry, 0);
    if (this.#window.size <= this.#maxWindow) return;
    const candidate = this.#window.shift();
    if (candidate === null) return;
    if (this.#probation.size + this.#protected.size >= this.#maxMain) {
      const victims = this.#probation.oldest === null ? this.#protected : this.#probation;
      const victim = victims.oldest;
      if (victim === null || this.#asked.count(candidate.id) <= this.#asked.count(victim.id)) {
        this.#entries.delete(candidate.id);
        return;
      }
      victims.remove(victim);
      this.#entries.delete(victim.id);
    }
    this.#put(candidate, 1);
  }

  #protect(entry: Held): void {
    this.#put(entry, 2);
    if (this.#protected.size <= this.#maxProtected) return;
    const demoted = this.#protected.shift();
    if (demoted !== null) this.#put(demoted, 1);
  }

  #put(entry: Held, list: 0 | 1 | 2): void {
    entry.uses = list;
    this.#lists[list].push(entry);
  }
}

class List {
  size = 0;
  oldest: Held | null = null;
  #newest: Held | null = null;

  push(entry: Held): void {
    entry.older = this.#newest;
    entry.newer = null;
    if (this.#newest === null) this.oldest = entry;
    else this.#newest.newer = entry;
    this.#newest = entry;
    this.size += 1;
  }

  remove(entry: Held): void {
    const { older, newer } = entry;
    if (older === null) this.oldest = newer;
    else older.newer = newer;
    if (newer === null) this.#newest = older;
    else newer.older = older;
    this.size -= 1;
  }

  shift(): Held | null {
    const { oldest } = this;
    if (oldest !== null) this.remove(oldest);
    return oldest;
  }
}

const rows = 4;
const maxCount = 15;
/** Counters are halved after this many additions for each entry of room. */
const additionsPerEntry = 10;
const seeds = [0x9e37_79b1, 0x85eb_ca77, 0xc2b2_ae3d, 0x27d4_eb2f] as const;

/** A counter per byte: the memory is twice that of the paper, the counts are the same. */
class Sketch {
  readonly #counters: Uint8Array;
  readonly #mask: number;
  readonly #maxAdditions: number;
  #additions = 0;

  constructor(maxEntries: number) {
    const width = 2 ** Math.ceil(Math.log2(Math.max(16, maxEntries)));
    this.#counters = new Uint8Array(rows * width);
    this.#mask = width - 1;
    this.#maxAdditions = additionsPerEntry * maxEntries;
  }

  add(id: string): void {
    const hash = hashOf(id);
    for (let row = 0; row < rows; row += 1) {
      const at = this.#placeOf(hash, row);
      const count = this.#counters[at] ?? 0;
      if (count < maxCount) this.#counters[at] = count + 1;
    }
    this.#additions += 1;
    if (this.#additions >= this.#maxAdditions) this.#halve();
  }

  count(id: string): number {
    const hash = hashOf(id);
    let least = maxCount;
    for (let row = 0; row < rows; row += 1) least = Math.min(least, this.#counters[this.#placeOf(hash, row)] ?? 0);
    return least;
  }

  #placeOf(hash: number, row: number): number {
    const mixed = Math.imul(hash, seeds[row] ?? 1);
    return row * (this.#mask + 1) + ((mixed ^ (mixed >>> 15)) & this.#mask);
  }

  #halve(): void {
    this.#additions >>= 1;
    for (let at = 0; at < this.#counters.length; at += 1) this.#counters[at] = (this.#counters[at] ?? 0) >> 1;
  }
}

function hashOf(text: string): number {
  let hash = 0x811c_9dc5;
  for (let at = 0; at < text.length; at += 1) hash = Math.imul(hash ^ text.charCodeAt(at), 0x0100_0193);
  return hash >>> 0;
}
