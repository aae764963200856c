import { LRUCache } from "lru-cache";

type Kept<Value> = { version: string; bytes: number; value: Value };

/** Overhead per entry beyond the bytes of its value: key, entry, small objects. */
const overheadBytes = 300;

/**
 * An LRU cache of slots that were read or merged, bounded in bytes. Each value belongs to a version and is
 * dropped when it is requested under another one.
 */
export class SlotCache<Value extends object> {
  readonly #kept: LRUCache<string, Kept<Value>>;

  constructor(maxBytes: number) {
    this.#kept = new LRUCache({ maxSize: Math.floor(maxBytes), sizeCalculation: ({ bytes }) => bytes + overheadBytes });
  }

  /** Undefined if absent or of another version. */
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
