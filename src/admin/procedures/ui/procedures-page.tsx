"use client";

import { PlainTable } from "@/admin/frame/plain-table";
import { LiveSection } from "@/admin/frame/view/live-section";
import { useLive } from "@/admin/frame/view/use-live";
import { useView } from "@/admin/frame/view/use-view";
import { ViewBar } from "@/admin/frame/view/view-bar";
import { formatCount, formatDuration } from "@/ui/format/numbers";
import { Reading } from "@/ui/format/reading";
import { useTRPC } from "@/ui/rpc/provider";

export default function ProceduresPage() {
  const trpc = useTRPC();
  const { filter } = useView();
  const shown = useLive(trpc.insights.procedures.queryOptions(filter));
  return (
    <>
      <ViewBar title="Procedures" shows={[shown]} canCompare={false} />
      <LiveSection
        live={shown}
        isEmpty={(data) => data.rows.length === 0}
        empty="No procedures were called in this range."
      >
        {(data) => (
          <PlainTable
            label="Procedures"
            columns={["Procedure", "Calls", "Errors", "p95", "Total"]}
            rows={data.rows.map((row) => ({
              key: row.name,
              cells: [
                row.name,
                formatCount(row.count),
                formatCount(row.errors),
                <Reading key="p95" of={formatDuration(row.p95Ms)} />,
                <Reading key="total" of={formatDuration(row.totalMs)} />,
              ],
            }))}
          />
        )}
      </LiveSection>
    </>
  );
}
