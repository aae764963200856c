import type { InsightNode } from "@/contracts/insights";

/** Nodes report every second; after this long without a report one counts as silent. */
const silentAfterMs = 10_000;

/** Whether a node had stopped to report when the figures were put together. */
export function isSilent({ lastSeenAt }: InsightNode, asOf: string): boolean {
  return Date.parse(asOf) - Date.parse(lastSeenAt) > silentAfterMs;
}
