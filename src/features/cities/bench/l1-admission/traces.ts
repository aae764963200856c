import type { Random } from "../../../../../bench/fuzz/random";
import { weighted } from "../soak/working-set";

/** Keys in the order of their reads. Where `isScan` is 1, the read belongs to a scan, and nothing is expected of it. */
export type Trace = { readonly keys: Uint32Array; readonly isScan: Uint8Array };

export const traceNames = ["popular", "popular + scans", "shifting", "loop"] as const;
export type TraceName = (typeof traceNames)[number];

const scanShare = 0.5;
const shifts = 10;
/** A loop over this many times the room: LRU has evicted each key just before it comes round again. */
const loopOverRoom = 1.5;

/**
 * `popular`: each key in proportion to its weight. `popular + scans`: between them, all keys in sequence, over and over, as a
 * crawler reads them. `shifting`: as popular, but ten times other keys become the popular ones. `loop`: some keys in turn.
 */
export function createTrace(
  name: TraceName,
  {
    weights,
    reads,
    maxEntries,
    random,
  }: { weights: readonly number[]; reads: number; maxEntries: number; random: Random },
): Trace {
  const keys = new Uint32Array(reads);
  const isScan = new Uint8Array(reads);
  const choose = weighted(
    weights.map((weight, key) => ({ weight, key })),
    ({ weight }) => weight,
  );
  const count = weights.length;
  const loop = Math.min(count, Math.ceil(loopOverRoom * maxEntries));
  let scanned = 0;
  for (let read = 0; read < reads; read += 1) {
    if (name === "loop") keys[read] = read % loop;
    else if (name === "popular + scans" && random.chance(scanShare)) {
      keys[read] = scanned++ % count;
      isScan[read] = 1;
    } else {
      const shift = name === "shifting" ? Math.floor((read / reads) * shifts) * Math.floor(count / shifts) : 0;
      keys[read] = (choose(random).key + shift) % count;
    }
  }
  return { keys, isScan };
}
