import { isDeepStrictEqual } from "node:util";
import { serveParent } from "../cache-fleet/serve-parent";
import { openReader } from "./open-reader";
import { type City, cityOf, type Reader, type ReaderSettings } from "./reader";
import { type Batch, readAtOnce, readAwaited, readTogether, spend, type Spent } from "./spend";

// One way to read, in a process of its own: no other cache has shaped its compiled code or its heap.

// The parent writes it.
const settings = JSON.parse(process.argv[2] ?? "") as ReaderSettings;
/** In an order that is neither that of the numbers nor that of memory, and the same in every process. */
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
  // What has answered without a promise once does so always.
  return readAtOnce(read as (index: number) => City, keys.length);
}

serveParent({
  /** Opens it, reads every key, compares the answers, and warms up. */
  open: async (warmUpMs: number) => {
    reader = await openReader(settings, keys, load);
    for (let from = 0; from < keys.length; from += 64) {
      const some = keys.slice(from, from + 64);
      const { read } = reader;
      const cities = await Promise.all(some.map(async (_key, index) => read(from + index)));
      const wrong = some.find((key, index) => !isDeepStrictEqual({ ...cities[index] }, cityOf(key)));
      if (wrong !== undefined) throw new Error(`The answer for ${wrong} is not what was stored.`);
    }
    batch = batchOf(reader);
    await spend(batch, warmUpMs);
  },
  /** One sample. Throws when anything was loaded meanwhile: that was no hit. */
  spend: async (cpuMs: number): Promise<Spent> => {
    if (batch === undefined) throw new Error("Nothing is open here.");
    const before = loads;
    globalThis.gc?.();
    const spent = await spend(batch, cpuMs);
    if (loads !== before) throw new Error(`${loads - before} reads were no hits.`);
    return spent;
  },
  close: async () => {
    await reader?.close();
  },
});
