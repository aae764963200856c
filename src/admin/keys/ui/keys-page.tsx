"use client";

import { PlainTable } from "@/admin/frame/plain-table";
import { LiveSection } from "@/admin/frame/view/live-section";
import { useLive } from "@/admin/frame/view/use-live";

import { ViewBar } from "@/admin/frame/view/view-bar";
import { formatCount } from "@/ui/format/numbers";
import { useTRPC } from "@/ui/rpc/provider";

export default function KeysPage() {
  const trpc = useTRPC();

  const shown = useLive(trpc.insights.hotKeys.queryOptions());
  return (
    <>
      <ViewBar title="Keys" shows={[shown]} canCompare={false} />
      <LiveSection
        live={shown}
        isEmpty={(data) => data.keys.length === 0}
        empty="No keys were read in the last minute."
      >
        {(data) => (
          <PlainTable
            label="Keys"
            columns={["Key", "Reads in the last minute"]}
            rows={data.keys.map((row) => ({ key: row.key, cells: [row.key, formatCount(row.reads)] }))}
          />
        )}
      </LiveSection>
    </>
  );
}
