import { describe, expect, it } from "vitest";
import { holds } from "../targets";
import type { Sample } from "./measure";
import { decideRatios, type Results } from "./ratios";
import { listVariants, type VariantName } from "./variants";

const sample = (ns: number): Sample => ({ nsPerRead: ns, readsPerCpuSecond: 1e9 / ns, commandsPerRead: 0 });

/** Every variant takes 100 ns except these and bentocache. */
function measured(given: Partial<Record<VariantName, number>>): Results {
  const ns: typeof given = { "bentocache, values kept as they are": 5_000, ...given };
  return new Map(
    listVariants(() => "").map((variant) => [
      variant,
      [sample(ns[variant.name] ?? 100), sample(ns[variant.name] ?? 100)],
    ]),
  );
}

const verdicts = (ns: Partial<Record<VariantName, number>>): Record<string, boolean> =>
  Object.fromEntries(decideRatios(measured(ns)).map((target) => [target.name, holds(target)]));

describe("decideRatios", () => {
  it("compares the CPU time of a read; smaller is faster", () => {
    const fast = verdicts({
      "lru-cache": 31,
      "bentocache, values kept as they are": 3_100,
      "ioredis + JSON.parse": 71,
    });
    expect(Object.values(fast)).toEqual([true, true, true, true, true]);
    const slow = verdicts({
      "lru-cache": 29,
      "bentocache, values kept as they are": 2_900,
      "ioredis + JSON.parse": 69,
    });
    expect(Object.values(slow)).toEqual([false, false, false, true, true]);
  });

  it("rejects a hit whose cost grows with other groups' tags", () => {
    const grown = verdicts({ "Weir, 100 keys, 50 tags elsewhere": 126 });
    expect(Object.values(grown).filter((held) => !held)).toHaveLength(1);
  });

  it("allows growth with the number of keys as far as a plain LRU shows it too", () => {
    const grown = { "Weir, 50 000 keys, 3 tags elsewhere": 240 } as const;
    expect(Object.values(verdicts({ ...grown, "lru-cache, 50 000 keys": 200 }))).not.toContain(false);
    expect(Object.values(verdicts({ ...grown, "lru-cache, 50 000 keys": 180 }))).toContain(false);
  });
});
