import { isStale, type L1Entry } from "../l1";
import { describeMark } from "../names";
import type { InspectionTools } from "./tools";
import type { Reason, Standing } from "./types";

/** Whether this node's memory would answer with the entry now, and why not. Changes nothing. */
export function judgeMemory({ clock, fence, trust, groups }: InspectionTools, group: string, entry: L1Entry): Standing {
  const nowMs = clock.now();
  const voids: Reason[] = [];
  const ages: Reason[] = [];
  if (entry.generation !== fence.generation) voids.push({ cause: "incarnation", mark: null, epoch: null });
  if (!trust.holds(nowMs, groups.get(group)?.graceMs ?? 0)) voids.push({ cause: "untrusted", mark: null, epoch: null });
  for (const mark of entry.marks) {
    const verdict = fence.judge([mark], entry.checkedEpoch);
    if (verdict === "void") voids.push({ cause: "purged", mark: describeMark(mark), epoch: null });
    if (verdict === "expired") ages.push({ cause: "expired", mark: describeMark(mark), epoch: null });
  }
  if (nowMs >= entry.usableUntilMs) voids.push({ cause: "age", mark: null, epoch: null });
  else if (isStale(entry, nowMs)) ages.push({ cause: entry.expired ? "expired" : "age", mark: null, epoch: null });
  const state = voids.length > 0 ? "void" : ages.length > 0 ? "stale" : "fresh";
  return { state, reasons: [...voids, ...ages] };
}

export type MemoryCount = { entries: number; bytes: number };

/** What this node's memory holds, by `group:v…`. Walks through all of it. */
export function countMemory({ l1 }: InspectionTools): Map<string, MemoryCount> {
  const counts = new Map<string, MemoryCount>();
  l1.each((id, { sizeBytes }) => {
    const name = id.slice(0, id.indexOf(":", id.indexOf(":") + 1));
    const count = counts.get(name) ?? { entries: 0, bytes: 0 };
    count.entries += 1;
    count.bytes += sizeBytes;
    counts.set(name, count);
  });
  return counts;
}
