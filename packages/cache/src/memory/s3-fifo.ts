/** The fields that `S3Fifo` keeps in an entry. Only `S3Fifo` writes them. */
export type Resident<Entry> = {
  readonly id: string;
  readonly sizeBytes: number;
  /** Reads since it was last considered for eviction, at most `maxUses`. */
  uses: number;
  /** The queue that holds it. */
  home: "small" | "main" | null;
  older: Entry | null;
  newer: Entry | null;
};

export type S3FifoOptions<Entry> = {
  maxEntries: number;
  maxBytes: number;
  /** Called for each evicted entry, and for no other removal. */
  onEvicted?: (entry: Entry) => void;
};

/** The share of new entries, in entries and bytes. */
const smallShare = 0.1;
const maxUses = 3;
/** Reads that promote a new entry to the main queue. */
const minUsesToStay = 2;

/**
 * Entries by id, bounded in number and bytes. S3-FIFO: a new entry enters a small queue of a tenth of the room, and leaves
 * it by the other end unless it was read twice meanwhile; what was read goes to the main queue, where each read buys one
 * more round, up to three. Ids that left the small queue unread are remembered for a while, and enter the main queue when
 * they return. A scan of many keys therefore displaces a tenth of the entries at most, and a read moves nothing: it
 * increments a counter.
 *
 * Yang, Zhang, Qiu, Yue, Rashmi: FIFO queues are all you need for cache eviction (SOSP 2023). Compared with others by
 * `npm run bench -- l1-admission`.
 */
export class S3Fifo<Entry extends Resident<Entry>> {
  readonly #entries = new Map<string, Entry>();
  readonly #small = new Queue<Entry>();
  readonly #main = new Queue<Entry>();
  readonly #ghosts: Ghosts;
  readonly #maxEntries: number;
  readonly #maxBytes: number;
  readonly #onEvicted: ((entry: Entry) => void) | undefined;

  constructor({ maxEntries, maxBytes, onEvicted }: S3FifoOptions<Entry>) {
    this.#maxEntries = maxEntries;
    this.#maxBytes = maxBytes;
    this.#onEvicted = onEvicted;
    this.#ghosts = new Ghosts(Math.ceil(maxEntries * (1 - smallShare)));
  }

  get size(): number {
    return this.#entries.size;
  }

  get sizeBytes(): number {
    return this.#small.sizeBytes + this.#main.sizeBytes;
  }

  /** Returns the entry, and counts it as a use. */
  get(id: string): Entry | undefined {
    const entry = this.#entries.get(id);
    if (entry !== undefined && entry.uses < maxUses) entry.uses += 1;
    return entry;
  }

  peek(id: string): Entry | undefined {
    return this.#entries.get(id);
  }

  values(): IterableIterator<Entry> {
    return this.#entries.values();
  }

  /** Stores a new entry, replacing an earlier one with its ID. An entry larger than the capacity is not kept. */
  set(entry: Entry): void {
    const { id, sizeBytes } = entry;
    const earlier = this.#entries.get(id);
    let home = earlier?.home ?? null;
    if (earlier !== undefined) this.#remove(earlier);
    if (sizeBytes > this.#maxBytes || this.#maxEntries < 1) return;
    while (this.#entries.size >= this.#maxEntries || this.sizeBytes + sizeBytes > this.#maxBytes) this.#makeRoom();
    home ??= this.#ghosts.take(hashOf(id)) ? "main" : "small";
    entry.uses = earlier?.uses ?? 0;
    this.#entries.set(id, entry);
    this.#enter(entry, home);
  }

  /** Removes an entry whose value has ended. If it was in use, the next entry with its ID starts in the main queue. */
  delete(id: string): void {
    const entry = this.#entries.get(id);
    if (entry === undefined) return;
    if (entry.home === "main" || entry.uses >= minUsesToStay) this.#ghosts.add(hashOf(id));
    this.#remove(entry);
  }

  #queueOf({ home }: Entry): Queue<Entry> {
    return home === "main" ? this.#main : this.#small;
  }

  #enter(entry: Entry, home: "small" | "main"): void {
    entry.home = home;
    this.#queueOf(entry).push(entry);
  }

  #remove(entry: Entry): void {
    this.#queueOf(entry).remove(entry);
    entry.home = null;
    this.#entries.delete(entry.id);
  }

  /** Evicts one entry, or moves one to the next queue. */
  #makeRoom(): void {
    const { size, sizeBytes } = this.#small;
    const isSmallFull = size >= this.#maxEntries * smallShare || sizeBytes >= this.#maxBytes * smallShare;
    if (size > 0 && (isSmallFull || this.#main.size === 0)) this.#passSmall();
    else this.#passMain();
  }

  #passSmall(): void {
    const { oldest } = this.#small;
    if (oldest === null) return;
    if (oldest.uses < minUsesToStay) {
      this.#ghosts.add(hashOf(oldest.id));
      this.#evict(oldest);
      return;
    }
    this.#small.remove(oldest);
    oldest.uses = 0;
    this.#enter(oldest, "main");
  }

  #passMain(): void {
    const { oldest } = this.#main;
    if (oldest === null) return;
    if (oldest.uses === 0) {
      this.#evict(oldest);
      return;
    }
    this.#main.remove(oldest);
    oldest.uses -= 1;
    this.#main.push(oldest);
  }

  #evict(entry: Entry): void {
    this.#remove(entry);
    this.#onEvicted?.(entry);
  }
}

/** Entries from the oldest to the newest. The links are fields of the entries, so queuing one allocates nothing. */
class Queue<Entry extends Resident<Entry>> {
  size = 0;
  sizeBytes = 0;
  oldest: Entry | null = null;
  #newest: Entry | null = null;

  push(entry: Entry): void {
    entry.older = this.#newest;
    entry.newer = null;
    if (this.#newest === null) this.oldest = entry;
    else this.#newest.newer = entry;
    this.#newest = entry;
    this.size += 1;
    this.sizeBytes += entry.sizeBytes;
  }

  remove(entry: Entry): void {
    const { older, newer } = entry;
    if (older === null) this.oldest = newer;
    else older.newer = newer;
    if (newer === null) this.#newest = older;
    else newer.older = older;
    entry.older = entry.newer = null;
    this.size -= 1;
    this.sizeBytes -= entry.sizeBytes;
  }
}

/** Slots for fingerprints with the same last bits; the oldest is replaced. */
const ways = 4;

/**
 * The last ids that were evicted, as fingerprints in 8 bytes each. Two ids may share one, and a crowded bucket drops its
 * oldest early: either way an entry enters another queue than it should, nothing worse.
 */
class Ghosts {
  readonly #prints: Uint32Array;
  /** The count of evictions when each was added, from 1; 0 marks an empty place. */
  readonly #addedAt: Uint32Array;
  readonly #capacity: number;
  readonly #lastBucket: number;
  #count = 0;

  constructor(capacity: number) {
    const buckets = 2 ** Math.ceil(Math.log2(Math.max(1, capacity / ways)));
    this.#prints = new Uint32Array(buckets * ways);
    this.#addedAt = new Uint32Array(buckets * ways);
    this.#capacity = capacity;
    this.#lastBucket = buckets - 1;
  }

  add(print: number): void {
    this.#count = (this.#count + 1) >>> 0 || 1;
    const from = (print & this.#lastBucket) * ways;
    let place = from;
    for (let at = from; at < from + ways; at += 1) {
      if (this.#prints[at] === print) place = at;
      else if (this.#prints[place] !== print && this.#age(at) > this.#age(place)) place = at;
    }
    this.#prints[place] = print;
    this.#addedAt[place] = this.#count;
  }

  /** Returns whether the ID was evicted recently, and removes its fingerprint. */
  take(print: number): boolean {
    const from = (print & this.#lastBucket) * ways;
    for (let at = from; at < from + ways; at += 1) {
      if (this.#prints[at] !== print || this.#addedAt[at] === 0) continue;
      const isRecent = this.#age(at) < this.#capacity;
      this.#addedAt[at] = 0;
      return isRecent;
    }
    return false;
  }

  /** Evictions since the fingerprint was added; the highest number for an empty place. */
  #age(at: number): number {
    const addedAt = this.#addedAt[at] ?? 0;
    return addedAt === 0 ? 0xffff_ffff : (this.#count - addedAt) >>> 0;
  }
}

/** FNV-1a over the UTF-16 units of a text, with the last mixing of MurmurHash3: 32 bits. */
function hashOf(text: string): number {
  let hash = 0x811c_9dc5;
  for (let at = 0; at < text.length; at += 1) hash = Math.imul(hash ^ text.charCodeAt(at), 0x0100_0193);
  hash = Math.imul(hash ^ (hash >>> 16), 0x85eb_ca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2_ae35);
  return (hash ^ (hash >>> 16)) >>> 0;
}
