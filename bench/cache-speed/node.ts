import { isDeepStrictEqual } from "node:util";
import { serveParent } from "../cache-fleet/serve-parent";
import { openReader } from "./open-reader";
import { type City, cityOf, type Reader, type ReaderSettings } from "./reader";
import { type Batch, readAtOnce, readAwaited, readTogether, spend, type Spent } from "./spend";

// One variant in its own process, so that no other cache affects its compiled code or heap.

// The parent writes it.
const settings = JSON.parse(process.argv[2] ?? "") as ReaderSettings;
/** In an order unrelated to numbers and memory, but the same in every process. */
const keys = Array.from({ length: settings.keys }, (_, index) => String((index * 7_919) % settings.keys));
let reader: Reader | undefined;
let batch: Batch | undefined;
let loads = 0;

async function load(key: string): Promise<City> {
  loads += 1;
  return cityOf(key);
}

function batchOf({ read }: Reader): Batch {
  if (settings.concurrency > 1) return readTogether(read, keys.length, settings.concurrency);
  const first = read(0);
  if (first instanceof Promise) return readAwaited(read, keys.length);
  // A reader that once returned without a promise always does.
  return readAtOnce(read as (index: number) => City, keys.length);
}

serveParent({
  /** Opens the cache, reads every key, compares the values, and warms up. */
  open: async (warmUpMs: number) => {
    reader = await openReader(settings, keys, load);
    for (let from = 0; from < keys.length; from += 64) {
      const some = keys.slice(from, from + 64);
      const { read } = reader;
      const cities = await Promise.all(some.map(async (_key, index) => read(from + index)));
      const wrong = some.find((key, index) => !isDeepStrictEqual({ ...cities[index] }, cityOf(key)));
      if (wrong !== undefined) throw new Error(`The value of ${wrong} differs from what was stored.`);
    }
    batch = batchOf(reader);
    await spend(batch, warmUpMs);
  },
  /** One sample. Throws when anything was loaded, because that was not a hit. */
  spend: async (cpuMs: number): Promise<Spent> => {
    if (batch === undefined) throw new Error("No cache is open.");
    const before = loads;
    globalThis.gc?.();
    const spent = await spend(batch, cpuMs);
    if (loads !== before) throw new Error(`${loads - before} reads were not hits.`);
    return spent;
  },
  close: async () => {
    await reader?.close();
  },
});
