/** Outcomes of cache reads, with hits split by tier. Every list uses this order. */
export const outcomeNames = ["hitL1", "hitL2", "coalesced", "stale", "negative", "miss", "error", "bypass"] as const;
export type OutcomeName = (typeof outcomeNames)[number];
export type OutcomeCounts = Record<OutcomeName, number>;

/** Number of reads, whatever their outcome. */
export function countReads(outcomes: OutcomeCounts): number {
  return outcomeNames.reduce((sum, name) => sum + outcomes[name], 0);
}

/** Number of reads that did not wait for a load: those that `hitP95Ms` covers. */
export function readsWithoutLoad({ hitL1, hitL2, stale, negative }: OutcomeCounts): number {
  return hitL1 + hitL2 + stale + negative;
}

/** Number of reads that used the cache: the base of the ratios. */
const countCached = (outcomes: OutcomeCounts): number => countReads(outcomes) - outcomes.bypass;

/** (hit + stale + negative) ÷ (all reads − bypass); null without such reads. The one formula of a hit ratio. */
export function hitRatio(outcomes: OutcomeCounts): number | null {
  const cached = countCached(outcomes);
  return cached === 0 ? null : readsWithoutLoad(outcomes) / cached;
}

/** `loads` ÷ (all reads − bypass) × 1000; null without such reads. */
export function loadsPer1000Reads(loads: number, outcomes: OutcomeCounts): number | null {
  const cached = countCached(outcomes);
  return cached === 0 ? null : (loads / cached) * 1_000;
}
