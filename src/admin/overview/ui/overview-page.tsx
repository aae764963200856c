"use client";

import { lazy, Suspense } from "react";
import { InvalidateButton } from "@/admin/cache/ui/invalidate-button";
import { noTarget, type TargetDraft, useInvalidateState } from "@/admin/cache/ui/target";
import { useLive } from "@/admin/frame/view/use-live";
import { useView } from "@/admin/frame/view/use-view";
import { SampleTraffic } from "@/admin/traffic/ui/sample-traffic";
import { ViewBar } from "@/admin/frame/view/view-bar";
import type { InsightsOverview } from "@/admin/insights/contract/overview";
import { ChartGroup } from "@/ui/charts/chart-group";
import { FilterField } from "@/ui/controls/filter-field";
import { EmptyState } from "@/ui/feedback/empty-state";
import { ProblemNotice } from "@/ui/feedback/problem-notice";
import { Skeleton } from "@/ui/feedback/skeleton";
import { inRange } from "@/ui/format/moments";
import { useShortcuts } from "@/ui/hooks/use-shortcuts";
import { useTRPC } from "@/ui/rpc/provider";
import { type Opened, useDashboardState } from "./dashboard-state";
import { LatencyCharts } from "./latency-charts";
import { OutcomesPanel } from "./outcomes-panel";
import { GroupsTable, ProceduresTable, StatementsTable } from "./tables/metric-tables";
import { Tiles } from "./tiles";
import { VerdictList } from "./verdict-list";

// Most visits open neither.
const InvalidateDialog = lazy(async () => ({
  default: (await import("@/admin/cache/ui/invalidate-dialog")).InvalidateDialog,
}));
const RowSheet = lazy(async () => ({ default: (await import("./row-sheet")).RowSheet }));

/** The dashboard: what the cache and the queries do, while they do it. */
export default function OverviewPage() {
  const state = useDashboardState();
  const invalidate = useInvalidateState();
  const trpc = useTRPC();
  const view = useView();
  const overview = useLive(trpc.insights.overview.queryOptions({ ...view.filter, compare: view.compare }));
  const { data, error } = overview;
  const groups = data?.cache.groups.map(({ group }) => group) ?? [];

  useShortcuts([
    { keys: "i", does: "Invalidate…", run: () => invalidate.open() },
    { keys: "t", does: "Switch between chart and table", run: () => state.setAsTable(!state.asTable) },
    {
      keys: "ArrowLeft ArrowRight",
      does: "Move through time on the chart; with Shift between invalidations",
      run: null,
    },
  ]);

  return (
    <div>
      <ViewBar title="Overview" shows={[overview]}>
        <div className="min-w-0 max-sm:flex-1 [&>div]:w-full sm:[&>div]:w-44">
          <FilterField
            label="Filter the tables by name"
            placeholder="Filter by name"
            value={state.filter}
            onChange={state.setFilter}
          />
        </div>
        <InvalidateButton label="Invalidate…" onOpen={() => invalidate.open()} />
      </ViewBar>
      {error === null ? null : (
        <div className="mt-2">
          <ProblemNotice
            cause={error}
            onRetry={overview.retry}
            isRetrying={overview.isLoading}
            {...(data === undefined
              ? {}
              : { children: <p className="mt-0.5 text-muted">The metrics below are the last ones received.</p> })}
          />
        </div>
      )}
      {data === undefined ? (
        error === null ? (
          <DashboardSkeleton />
        ) : null
      ) : (
        <div
          className={`mt-4 ${overview.isOfOtherInput || error !== null ? "opacity-60" : ""}`}
          aria-busy={overview.isOfOtherInput}
        >
          <Metrics
            overview={data}
            filter={state.filter}
            asTable={state.asTable}
            onAsTable={state.setAsTable}
            onOpen={state.setOpened}
            onInvalidate={invalidate.open}
          />
        </div>
      )}
      <Suspense>
        {state.opened !== null && data !== undefined ? (
          <RowSheet
            opened={state.opened}
            overview={data}
            onInvalidate={(target) => {
              state.setOpened(null);
              invalidate.open(target);
            }}
            onClose={() => state.setOpened(null)}
          />
        ) : null}
        {invalidate.target === null ? null : (
          <InvalidateDialog
            draft={invalidate.target}
            onDraft={invalidate.change}
            groups={groups}
            onClose={invalidate.close}
          />
        )}
      </Suspense>
    </div>
  );
}

type Props = {
  overview: InsightsOverview;
  /** Filters the tables by name. */
  filter: string;
  asTable: boolean;
  onAsTable: (asTable: boolean) => void;
  onOpen: (opened: Opened) => void;
  onInvalidate: (target: TargetDraft) => void;
};

/** All metrics of one snapshot, from the verdicts down to single statements. */
function Metrics({ overview, filter, asTable, onAsTable, onOpen, onInvalidate }: Props) {
  const view = useView();
  const isQuiet = overview.cache.reads === 0 && overview.procedures.length === 0;
  return (
    <div className="space-y-9">
      <div className="space-y-6">
        {isQuiet ? (
          <div data-testid="quiet">
            <EmptyState title={`No requests ${inRange(overview.range)}.`}>
              <p>Metrics appear within two seconds of a request.</p>
              <SampleTraffic />
            </EmptyState>
          </div>
        ) : (
          <VerdictList verdicts={overview.verdicts} />
        )}
        <Tiles overview={overview} />
      </div>
      <ChartGroup onZoom={view.zoomTo}>
        <div className="space-y-9">
          <OutcomesPanel overview={overview} asTable={asTable} onAsTable={onAsTable} />
          <LatencyCharts />
        </div>
      </ChartGroup>
      <div id="groups" className="scroll-mt-16">
        <GroupsTable
          rows={overview.cache.groups}
          search={filter}
          onOpen={(name) => onOpen({ kind: "group", name })}
          onInvalidate={(group) => onInvalidate({ ...noTarget, group })}
        />
      </div>
      <div id="procedures" className="scroll-mt-16">
        <ProceduresTable
          rows={overview.procedures}
          search={filter}
          onOpen={(name) => onOpen({ kind: "procedure", name })}
        />
      </div>
      <div id="statements" className="scroll-mt-16">
        <StatementsTable
          rows={overview.statements}
          search={filter}
          onOpen={(name) => onOpen({ kind: "statement", name })}
        />
      </div>
    </div>
  );
}

const tiles = ["hit rate", "loads", "reads", "requests", "errors", "p95"] as const;
const verdicts = ["cache", "errors", "pool", "nodes"] as const;
const rows = ["a", "b", "c", "d", "e", "f"] as const;

/** Placeholders while the metrics load. */
function DashboardSkeleton() {
  return (
    <div role="status" aria-label="Loading metrics…" className="mt-4 space-y-9">
      <div className="space-y-6">
        <div className="grid gap-x-10 md:grid-cols-2">
          {verdicts.map((verdict) => (
            <div key={verdict} className="h-[53px] space-y-2 border-t border-line pt-2.5">
              <Skeleton className="h-3.5 w-72 max-w-full" />
              <Skeleton className="h-3 w-52" />
            </div>
          ))}
        </div>
        <div className="grid grid-cols-2 gap-x-6 gap-y-5 md:grid-cols-3 xl:grid-cols-6">
          {tiles.map((tile) => (
            <div key={tile} className="h-[128px] space-y-2 border-t border-line-strong pt-2">
              <Skeleton className="h-3 w-20" />
              <Skeleton className="h-7 w-24" />
            </div>
          ))}
        </div>
      </div>
      <Skeleton className="h-[340px] w-full" />
      <div className="space-y-3">
        {rows.map((row) => (
          <Skeleton key={row} className="h-5 w-full" />
        ))}
      </div>
    </div>
  );
}
