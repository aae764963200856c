import { LRUCache } from "lru-cache";

type Kept<Value> = { version: string; bytes: number; value: Value };

/** Counted beside the bytes that a value holds: its key, its entry, small objects. */
const overheadBytes = 300;

/**
 * What was read or merged before, bounded in bytes: what was not asked for longest goes first. Each value belongs to a
 * version, and is forgotten when it is asked for under another one.
 */
export class SlotCache<Value extends object> {
  readonly #kept: LRUCache<string, Kept<Value>>;

  constructor(maxBytes: number) {
    this.#kept = new LRUCache({ maxSize: Math.floor(maxBytes), sizeCalculation: ({ bytes }) => bytes + overheadBytes });
  }

  /** Undefined when it is not there, or belongs to another version. */
  get(key: string, version: string): Value | undefined {
    const kept = this.#kept.get(key);
    if (kept === undefined) return undefined;
    if (kept.version === version) return kept.value;
    this.#kept.delete(key);
    return undefined;
  }

  put(key: string, version: string, bytes: number, value: Value): void {
    this.#kept.set(key, { version, bytes, value });
  }
}
