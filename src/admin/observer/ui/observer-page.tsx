"use client";

import { PlainTable } from "@/admin/frame/plain-table";
import { LiveSection } from "@/admin/frame/view/live-section";
import { useLive } from "@/admin/frame/view/use-live";
import { useView } from "@/admin/frame/view/use-view";
import { ViewBar } from "@/admin/frame/view/view-bar";
import { formatCount } from "@/ui/format/numbers";
import { useTRPC } from "@/ui/rpc/provider";

export default function ObserverPage() {
  const trpc = useTRPC();
  const { filter } = useView();
  const shown = useLive(trpc.insights.observer.queryOptions(filter));
  return (
    <>
      <ViewBar title="Observer" shows={[shown]} canCompare={false} />
      <LiveSection live={shown}>
        {(data) => (
          <PlainTable
            label="Observer"
            columns={["Cost", "Value"]}
            rows={[
              { key: "messages", cells: ["Messages", formatCount(data.messages)] },
              { key: "dropped", cells: ["Dropped", formatCount(data.dropped)] },
              { key: "commands", cells: ["Commands sent to Redis", formatCount(data.commands)] },
              { key: "failed", cells: ["Failed writes", formatCount(data.failedWrites)] },
            ]}
          />
        )}
      </LiveSection>
    </>
  );
}
