import type { OutcomeCounts } from "@weir/core/outcomes";

type CountsOutcomes = { addOutcomes: (counts: OutcomeCounts) => void };

export function outcomesOf(series: Iterable<CountsOutcomes>): OutcomeCounts {
  const counts = { hitL1: 0, hitL2: 0, coalesced: 0, stale: 0, negative: 0, miss: 0, error: 0, bypass: 0 };
  for (const one of series) one.addOutcomes(counts);
  return counts;
}
