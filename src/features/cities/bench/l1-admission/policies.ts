import { LRUCache } from "lru-cache";
import { type Resident, S3Fifo } from "../../../../../packages/cache/src/memory/s3-fifo";
import { Sieve } from "./sieve";
import { WTinyLfu } from "./w-tiny-lfu";

/** An entry, of one size for all policies; each of them links it in its own way. */
export interface Held extends Resident<Held> {}

export type Policy = {
  get: (id: string) => Held | undefined;
  set: (entry: Held) => void;
};

export const policyNames = ["lru-cache", "S3-FIFO", "W-TinyLFU", "SIEVE"] as const;
export type PolicyName = (typeof policyNames)[number];

const entrySizeBytes = 1_000;

export function createEntry(id: string): Held {
  return { id, sizeBytes: entrySizeBytes, uses: 0, home: null, older: null, newer: null };
}

/** All are bounded in entries. Those that can be used as they are, which are the first two, are bounded in bytes too. */
export function openPolicy(name: PolicyName, maxEntries: number): Policy {
  const maxBytes = 2 * maxEntries * entrySizeBytes;
  if (name === "S3-FIFO") return new S3Fifo<Held>({ maxEntries, maxBytes });
  if (name === "W-TinyLFU") return new WTinyLfu(maxEntries);
  if (name === "SIEVE") return new Sieve(maxEntries);
  const entries = new LRUCache<string, Held>({ max: maxEntries, maxSize: maxBytes });
  return {
    get: (id) => entries.get(id),
    set: (entry) => void entries.set(entry.id, entry, { size: entry.sizeBytes }),
  };
}
