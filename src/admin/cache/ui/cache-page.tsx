"use client";

import { PlainTable } from "@/admin/frame/plain-table";
import { LiveSection } from "@/admin/frame/view/live-section";
import { useLive } from "@/admin/frame/view/use-live";
import { useView } from "@/admin/frame/view/use-view";
import { ViewBar } from "@/admin/frame/view/view-bar";
import { formatCount, formatDuration } from "@/ui/format/numbers";
import { Reading } from "@/ui/format/reading";
import { useTRPC } from "@/ui/rpc/provider";

export default function CachePage() {
  const trpc = useTRPC();
  const { filter } = useView();
  const shown = useLive(trpc.insights.groups.queryOptions(filter));
  return (
    <>
      <ViewBar title="Cache" shows={[shown]} canCompare={false} />
      <LiveSection live={shown} isEmpty={(data) => data.rows.length === 0} empty="No groups were read in this range.">
        {(data) => (
          <PlainTable
            label="Cache"
            columns={["Group", "Reads", "Loads", "Hit p95", "Load p95"]}
            rows={data.rows.map((row) => ({
              key: row.group,
              cells: [
                row.group,
                formatCount(row.reads),
                formatCount(row.loads),
                <Reading key="hit" of={formatDuration(row.hitP95Ms)} />,
                <Reading key="load" of={formatDuration(row.loadP95Ms)} />,
              ],
            }))}
          />
        )}
      </LiveSection>
    </>
  );
}
