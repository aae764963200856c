/** The reads of one period by how they ended; hits are split by tier. One order everywhere. */
export const outcomeNames = ["hitL1", "hitL2", "coalesced", "stale", "negative", "miss", "error", "bypass"] as const;
export type OutcomeName = (typeof outcomeNames)[number];
export type OutcomeCounts = Record<OutcomeName, number>;

/** How many reads were answered without waiting for a load: those whose times `hitP95Ms` tells. */
export function readsWithoutLoad({ hitL1, hitL2, stale, negative }: OutcomeCounts): number {
  return hitL1 + hitL2 + stale + negative;
}
