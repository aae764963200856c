import type { ReactNode } from "react";
import type { Live } from "@/admin/frame/view/use-live";
import type { GroupMetrics } from "@/admin/insights/contract/tables";
import type { CacheServerInspection } from "@/admin/keys/contract";
import { minSamples } from "@/ui/charts/chart-source";
import { EmptyState } from "@/ui/feedback/empty-state";
import { Skeleton } from "@/ui/feedback/skeleton";
import {
  formatBytes,
  formatCount,
  formatDuration,
  formatFixed,
  formatShare,
  noReading,
  readAloud,
  type Reading as ReadingValue,
} from "@/ui/format/numbers";
import { Reading } from "@/ui/format/reading";
import { totalsOf } from "./table/cache-rows";

type FigureProps = { name: string; label: string; reading: ReadingValue; isFaded?: boolean; note: ReactNode };

function Figure({ name, label, reading, isFaded = false, note }: FigureProps) {
  return (
    <div data-figure={name} className="min-w-0 border-t border-line-strong pt-2">
      <dt className="caption">{label}</dt>
      <dd>
        <span className={`text-[26px] leading-9 font-medium tracking-tight ${isFaded ? "text-muted" : ""}`}>
          <Reading of={reading} className="[&>span+span]:text-[15px] [&>span+span]:tracking-normal" />
        </span>
        <span className="caption block text-pretty">{note}</span>
      </dd>
    </div>
  );
}

type Groups = {
  rows: readonly GroupMetrics[];
  databaseTimeSavedMs: number | null;
  databaseTimeSavedFormula: string;
};

type Props = { groups: Live<Groups>; server: CacheServerInspection | null };

/** The headline: hit rate beside the loads, because a stampede is no success, and the database time saved. */
export function CacheSummary({ groups: { data }, server }: Props) {
  if (data === undefined) {
    return (
      <div role="status" aria-label="Loading metrics…" className="grid grid-cols-2 gap-x-6 gap-y-5 lg:grid-cols-4">
        {(["hit rate", "loads", "saved", "memory"] as const).map((name) => (
          <div key={name} className="h-[96px] space-y-2 border-t border-line-strong pt-2">
            <Skeleton className="h-3 w-20" />
            <Skeleton className="h-7 w-24" />
          </div>
        ))}
      </div>
    );
  }
  const totals = totalsOf(data.rows);
  const perThousand = totals.loadsPer1000Reads;
  const isFaded = totals.reads < minSamples;
  return (
    <>
      {totals.reads > 0 ? null : (
        <EmptyState title="The cache was not read in this range.">
          Reads appear within two seconds. Choose a longer range to see earlier ones.
        </EmptyState>
      )}
      <dl className="grid grid-cols-2 gap-x-6 gap-y-5 lg:grid-cols-4">
        <Figure
          name="hitRate"
          label="Hit rate"
          reading={formatShare(totals.hitRatio)}
          isFaded={isFaded}
          note={`(hit + stale + negative) ÷ all reads except bypass; ${formatCount(totals.reads)} reads`}
        />
        <Figure
          name="loads"
          label="Loads per 1000 reads"
          reading={
            perThousand === null ? noReading : { value: formatFixed(perThousand, perThousand < 9.95 ? 1 : 0), unit: "" }
          }
          isFaded={isFaded}
          note={`the load on the database: ${formatCount(totals.loads)} loads`}
        />
        <Figure
          name="saved"
          label="Database time saved, estimated"
          reading={formatDuration(data.databaseTimeSavedMs)}
          isFaded={isFaded}
          note={data.databaseTimeSavedMs === null ? "known once a load was measured" : data.databaseTimeSavedFormula}
        />
        <Figure
          name="memory"
          label="Redis memory"
          reading={formatBytes(server?.usedBytes ?? null)}
          note={
            server === null
              ? "unknown while Redis does not respond"
              : `${server.maxBytes === null ? "no limit" : `of ${readAloud(formatBytes(server.maxBytes))}`}, ${server.memoryPolicy}; ${formatCount(server.evictedKeys)} keys evicted since it started`
          }
        />
      </dl>
    </>
  );
}
