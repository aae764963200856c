import { setImmediate as turn } from "node:timers/promises";
import type { City, ReadOne } from "./reader";

/** How long a batch may keep the event loop from timers and sockets. */
const longestBatchMs = 25;

export type Spent = { reads: number; cpuUs: number };

/** Reads this many cities sequentially, starting at `from`. */
export type Batch = (from: number, count: number) => Promise<number>;

/** For synchronous caches: no promises. */
export function readAtOnce(read: (index: number) => City, keys: number): Batch {
  const batch = (from: number, count: number): number => {
    let sum = 0;
    for (let index = from; index < from + count; index += 1) sum += read(index % keys).population;
    return sum;
  };
  return (from, count) => Promise.resolve(batch(from, count));
}

/** For caches that return a promise. */
export function readAwaited(read: ReadOne, keys: number): Batch {
  return async (from, count) => {
    let sum = 0;
    for (let index = from; index < from + count; index += 1) sum += (await read(index % keys)).population;
    return sum;
  };
}

/** The same with concurrent readers, each with the next key. */
export function readTogether(read: ReadOne, keys: number, readers: number): Batch {
  return async (from, count) => {
    let next = from;
    let sum = 0;
    const reader = async (): Promise<void> => {
      while (next < from + count) {
        const index = next;
        next += 1;
        sum += (await read(index % keys)).population;
      }
    };
    await Promise.all(Array.from({ length: readers }, reader));
    return sum;
  };
}

/** Reads in batches until the process, with all its threads, has used this much CPU time. */
export async function spend(batch: Batch, cpuMs: number): Promise<Spent> {
  let reads = 0;
  let count = 512;
  let sum = 0;
  const began = process.cpuUsage();
  for (;;) {
    const startedAtMs = performance.now();
    sum += await batch(reads, count);
    reads += count;
    const tookMs = performance.now() - startedAtMs;
    // Lets the log be read, because memory is not trusted for long without it.
    await turn();
    const { user, system } = process.cpuUsage(began);
    if (user + system >= cpuMs * 1000) {
      if (!(sum > 0)) throw new Error("Nothing was read.");
      return { reads, cpuUs: user + system };
    }
    if (tookMs < longestBatchMs / 2) count *= 2;
    else if (tookMs > longestBatchMs && count > 512) count /= 2;
  }
}
