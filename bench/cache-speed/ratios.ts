import { pairedRatio } from "../statistics";
import { ratioTarget, type Target } from "../targets";
import type { Sample } from "./measure";
import type { Variant, VariantName } from "./variants";

export type Results = ReadonlyMap<Variant, readonly Sample[]>;

function samplesOf(results: Results, name: VariantName): readonly Sample[] {
  const found = [...results].find(([variant]) => variant.name === name)?.[1];
  if (found === undefined) throw new Error(`${name} was not measured.`);
  return found;
}

/** Reads per CPU second of the first as a multiple of those of the second, round by round. */
function speedOf(results: Results, of: VariantName, against: VariantName): number[] {
  const others = samplesOf(results, against);
  return samplesOf(results, of).map(
    ({ readsPerCpuSecond }, round) => readsPerCpuSecond / (others[round]?.readsPerCpuSecond ?? Number.NaN),
  );
}

const bounds = [
  ["L1 hit : raw lru-cache", "Weir", "lru-cache", 0.3],
  ["L1 hit : bentocache, as fast as its options make it", "Weir", "bentocache, values kept as they are", 30],
  ["L2 hit × 64 : ioredis GET + JSON.parse", "Weir from Redis", "ioredis + JSON.parse", 0.7],
] as const;

/** A cost that must stay constant, apart from the machine's memory effects. */
const mostGrowth = 1.25;

const growthTarget = (name: string, pairs: readonly (readonly [number, number])[]): Target => ({
  name,
  ...pairedRatioAsValue(pairs),
  bound: mostGrowth,
  sense: "at most",
  unit: "×",
});

function pairedRatioAsValue(pairs: readonly (readonly [number, number])[]): Pick<Target, "value" | "interval"> {
  const { ratio: value, interval } = pairedRatio(pairs);
  return { value, interval };
}

/** Compares the measurements with the bounds. */
export function decideRatios(results: Results): Target[] {
  const targets = bounds.map(([name, of, against, bound]) =>
    ratioTarget(name, bound, pairedRatio(speedOf(results, of, against).map((ratio) => [ratio, 1] as const))),
  );
  const few = "Weir, 100 keys, 3 tags elsewhere";
  const tags = speedOf(results, few, "Weir, 100 keys, 50 tags elsewhere");
  const keys = speedOf(results, few, "Weir, 50 000 keys, 3 tags elsewhere");
  const raw = speedOf(results, "lru-cache, 100 keys", "lru-cache, 50 000 keys");
  targets.push(
    growthTarget(
      "cost of an L1 hit, 10 000 tags elsewhere : 600",
      tags.map((growth) => [growth, 1]),
    ),
    growthTarget(
      "its growth from 100 to 50 000 keys : that of raw lru-cache",
      keys.map((growth, round) => [growth, raw[round] ?? Number.NaN]),
    ),
  );
  return targets;
}
