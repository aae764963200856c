"use client";

import { useLive } from "@/admin/frame/view/use-live";
import type { HotKey } from "@/admin/keys/contract";
import { ProblemNotice } from "@/ui/feedback/problem-notice";
import { formatCount, formatRate } from "@/ui/format/numbers";
import { useTRPC } from "@/ui/rpc/provider";
import type { Column } from "@/ui/table/columns";
import { DataTable } from "@/ui/table/data-table";

const columns: readonly Column<HotKey>[] = [
  { id: "key", label: "Key", title: "Group and key", width: 220, value: ({ group, key }) => `${group}:${key}` },
  {
    id: "rate",
    label: "Reads",
    title: "Estimated reads per second on all nodes",
    width: 84,
    value: ({ readsPerSecond }) => readsPerSecond,
    format: formatRate,
  },
  {
    id: "reads",
    label: "In the last minute",
    title: "Estimated reads, and between which numbers the exact one is",
    width: 190,
    align: "right",
    value: ({ reads }) => reads,
    cell: ({ reads, atLeast, atMost }) =>
      atLeast === atMost
        ? formatCount(reads)
        : `${formatCount(reads)} (${formatCount(atLeast)} to ${formatCount(atMost)})`,
  },
];
const byRate = { id: "rate", desc: true };
const nameOf = ({ group, key }: HotKey): string => `${group}:${key}`;
const everyMs = 5_000;

/** The most read keys of the last minute, merged over the nodes. */
export function HotKeysTable({ onOpen }: { onOpen: (key: HotKey) => void }) {
  const trpc = useTRPC();
  const live = useLive(trpc.insights.hotKeys.queryOptions({ limit: 50 }), { everyMs });
  const { data, error } = live;
  return (
    <DataTable
      name="hot"
      title="Hot keys"
      rows={data?.keys}
      columns={columns}
      sort={byRate}
      keyOf={nameOf}
      onOpen={onOpen}
      partial={
        data !== undefined && data.nodesHeard < data.nodes
          ? `${data.nodesHeard} of ${data.nodes} nodes have reported their reads.`
          : null
      }
      {...(error !== null && data === undefined
        ? { problem: <ProblemNotice cause={error} onRetry={live.retry} isRetrying={live.isLoading} /> }
        : {})}
      empty={{
        title: "No key was read in the last minute.",
        children: "Choose a group to browse the keys that Redis holds.",
      }}
    />
  );
}
