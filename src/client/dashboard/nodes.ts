import type { InsightNode } from "@/contracts/insights";

/** Nodes report every second; after this long without a report one counts as silent. */
const silentAfterMs = 10_000;
/** After this long it counts as taken away: a day's range still holds what it did before. */
const goneAfterMs = 15 * 60_000;

const silentMs = ({ lastSeenAt }: InsightNode, asOf: string): number => Date.parse(asOf) - Date.parse(lastSeenAt);

/** Whether a node had stopped to report when the figures were put together. */
export function isSilent(node: InsightNode, asOf: string): boolean {
  return silentMs(node, asOf) > silentAfterMs;
}

/** Whether it has been silent for so long that nobody waits for it. */
export function isGone(node: InsightNode, asOf: string): boolean {
  return silentMs(node, asOf) > goneAfterMs;
}
