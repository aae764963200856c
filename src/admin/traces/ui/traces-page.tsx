"use client";

import { PlainTable } from "@/admin/frame/plain-table";
import { LiveSection } from "@/admin/frame/view/live-section";
import { useLive } from "@/admin/frame/view/use-live";
import { useView } from "@/admin/frame/view/use-view";
import { ViewBar } from "@/admin/frame/view/view-bar";
import { formatDuration } from "@/ui/format/numbers";
import { Reading } from "@/ui/format/reading";
import { useTRPC } from "@/ui/rpc/provider";

export default function TracesPage() {
  const trpc = useTRPC();
  const { filter } = useView();
  const shown = useLive(trpc.traces.list.queryOptions(filter));
  return (
    <>
      <ViewBar title="Traces" shows={[shown]} canCompare={false} />
      <LiveSection live={shown} isEmpty={(data) => data.traces.length === 0} empty="No trace was kept in this range.">
        {(data) => (
          <PlainTable
            label="Traces"
            columns={["Procedure", "Duration", "Result"]}
            rows={data.traces.map((trace) => ({
              key: trace.id,
              cells: [
                trace.procedure,
                <Reading key="duration" of={formatDuration(trace.durationMs)} />,
                trace.ok ? "ok" : "failed",
              ],
            }))}
          />
        )}
      </LiveSection>
    </>
  );
}
