/** The reads of one period by how they ended; hits are split by tier. One order everywhere. */
export const outcomeNames = ["hitL1", "hitL2", "coalesced", "stale", "negative", "miss", "error", "bypass"] as const;
export type OutcomeName = (typeof outcomeNames)[number];
export type OutcomeCounts = Record<OutcomeName, number>;

/** All reads, however they ended. */
export function countReads(outcomes: OutcomeCounts): number {
  return outcomeNames.reduce((sum, name) => sum + outcomes[name], 0);
}

/** How many reads were answered without waiting for a load: those whose times `hitP95Ms` tells. */
export function readsWithoutLoad({ hitL1, hitL2, stale, negative }: OutcomeCounts): number {
  return hitL1 + hitL2 + stale + negative;
}

/** The reads that asked the cache: ratios are of these. */
const countAsking = (outcomes: OutcomeCounts): number => countReads(outcomes) - outcomes.bypass;

/** (hit + stale + negative) ÷ (all reads − bypass); null without such reads. The one formula of a hit rate. */
export function hitRatio(outcomes: OutcomeCounts): number | null {
  const asked = countAsking(outcomes);
  return asked === 0 ? null : readsWithoutLoad(outcomes) / asked;
}

/** `loads` ÷ (all reads − bypass) × 1000; null without such reads. */
export function loadsPer1000Reads(loads: number, outcomes: OutcomeCounts): number | null {
  const asked = countAsking(outcomes);
  return asked === 0 ? null : (loads / asked) * 1_000;
}
