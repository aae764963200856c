"use client";

import { PlainTable } from "@/admin/frame/plain-table";
import { LiveSection } from "@/admin/frame/view/live-section";
import { useLive } from "@/admin/frame/view/use-live";

import { ViewBar } from "@/admin/frame/view/view-bar";
import { formatCount } from "@/ui/format/numbers";
import { useTRPC } from "@/ui/rpc/provider";

export default function NodesPage() {
  const trpc = useTRPC();

  const shown = useLive(trpc.insights.nodes.queryOptions());
  return (
    <>
      <ViewBar title="Nodes" shows={[shown]} canCompare={false} />
      <LiveSection
        live={shown}
        isEmpty={(data) => data.nodes.length === 0}
        empty="No node has reported in the last 15 minutes."
      >
        {(data) => (
          <PlainTable
            label="Nodes"
            columns={["Node", "Status", "In flight", "Pool in use"]}
            rows={data.nodes.map(({ id, standing, report }) => ({
              key: id,
              cells: [
                id,
                standing,
                report === null ? "–" : formatCount(report.callsInFlight),
                report === null ? "–" : `${report.pool.inUse} of ${report.pool.max}`,
              ],
            }))}
          />
        )}
      </LiveSection>
    </>
  );
}
