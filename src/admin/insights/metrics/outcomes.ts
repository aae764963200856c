import { type OutcomeCounts, outcomeNames, readsWithoutLoad } from "../contract/overview";

type CountsOutcomes = { addOutcomes: (counts: OutcomeCounts) => void };

export function outcomesOf(series: Iterable<CountsOutcomes>): OutcomeCounts {
  const counts = { hitL1: 0, hitL2: 0, coalesced: 0, stale: 0, negative: 0, miss: 0, error: 0, bypass: 0 };
  for (const one of series) one.addOutcomes(counts);
  return counts;
}

export function countReads(outcomes: OutcomeCounts): number {
  return outcomeNames.reduce((sum, name) => sum + outcomes[name], 0);
}

/** The reads that asked the cache: ratios are of these. */
function countAsking(outcomes: OutcomeCounts): number {
  return countReads(outcomes) - outcomes.bypass;
}

/** (hit + stale + negative) ÷ all reads but bypass; null without such reads. */
export function hitRatio(outcomes: OutcomeCounts): number | null {
  const asked = countAsking(outcomes);
  return asked === 0 ? null : readsWithoutLoad(outcomes) / asked;
}

export function loadsPer1000Reads(loads: number, outcomes: OutcomeCounts): number | null {
  const asked = countAsking(outcomes);
  return asked === 0 ? null : (loads / asked) * 1_000;
}
