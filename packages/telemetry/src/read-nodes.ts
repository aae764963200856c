import { HeaderSum } from "./merge-slots";
import { nodesOf } from "./node-slots";
import type { NodeState } from "./node-state";
import type { Sources } from "./range-sources";
import type { NodeReport } from "./reader-types";
import { coarseTier, slotStart } from "./tiers";

/** Longer than a node is waited for. */
const minutesBack = 20;

/** The nodes that reported in the last twenty minutes, by id, with the newest that each said. Rejects without Redis. */
export async function readNodes({ nodes: reader }: Sources, nowMs: number): Promise<NodeReport[]> {
  const newest = slotStart(coarseTier, nowMs);
  const starts = Array.from({ length: minutesBack }, (_, index) => newest - index * coarseTier.widthMs).toReversed();
  const headers = new HeaderSum();
  const states = new Map<string, { state: NodeState | null; writtenAtMs: number }>();
  for await (const portion of reader.notes(starts, null, nowMs)) {
    for (const slot of portion) {
      const seen = nodesOf(slot);
      for (const [index, { nodeId, head }] of slot.notes.entries()) {
        const node = seen[index];
        if (node !== undefined) headers.add(head.header, [node]);
        const { writtenAtMs, state } = head.header;
        if (writtenAtMs >= (states.get(nodeId)?.writtenAtMs ?? 0)) states.set(nodeId, { state, writtenAtMs });
      }
    }
  }
  return headers.nodes.map((node) => ({ ...node, state: states.get(node.id)?.state ?? null }));
}
