"use client";

import { InvalidateDialog } from "@/admin/cache/ui/invalidate-dialog";
import { useInvalidateState } from "@/admin/cache/ui/use-invalidate-state";
import { ProblemNotice } from "@/ui/feedback/problem-notice";
import { useShortcuts } from "@/ui/hooks/use-shortcuts";
import { DashboardSkeleton } from "./dashboard-skeleton";
import { Figures } from "./figures-view";
import { OverviewBar } from "./overview-bar";
import { RowSheet } from "./row-sheet";
import { ranges, useDashboardState } from "./use-dashboard-state";
import { useOverview } from "./use-overview";

const rangeWords = { "5m": "live", "15m": "15 minutes", "1h": "1 hour", "6h": "6 hours", "24h": "24 hours" } as const;

/** The dashboard: what the cache and the queries do, while they do it. */
export function Dashboard() {
  const state = useDashboardState();
  const invalidate = useInvalidateState();
  const overview = useOverview(state.range, state.includesAdmin, state.isPaused);
  const { data, error } = overview;
  const groups = data?.cache.groups.map(({ group }) => group) ?? [];

  useShortcuts([
    { keys: ".", does: "pause, and go live again", run: () => state.setPaused(!state.isPaused) },
    { keys: "i", does: "invalidate …", run: () => invalidate.open() },
    { keys: "t", does: "chart as a table, and back", run: () => state.setAsTable(!state.asTable) },
    { keys: "ArrowLeft ArrowRight", does: "through time, on the chart; with Shift to the next mark", run: null },
    ...ranges.map((range, index) => ({
      keys: String(index + 1),
      does: `range: ${rangeWords[range]}`,
      run: () => state.setRange(range),
    })),
  ]);

  return (
    <div>
      <OverviewBar state={state} overview={overview} onInvalidate={() => invalidate.open()} />
      {error === null ? null : (
        <div className="mt-2">
          <ProblemNotice
            cause={error}
            onRetry={overview.retry}
            isRetrying={overview.isLoading}
            {...(data === undefined
              ? {}
              : { children: <p className="mt-0.5 text-muted">The figures below are the last that came.</p> })}
          />
        </div>
      )}
      {data === undefined ? (
        error === null ? (
          <DashboardSkeleton />
        ) : null
      ) : (
        <div
          className={`mt-4 ${overview.isOfOtherRange || error !== null ? "opacity-60" : ""}`}
          aria-busy={overview.isOfOtherRange}
        >
          <Figures
            overview={data}
            filter={state.filter}
            asTable={state.asTable}
            onAsTable={state.setAsTable}
            onOpen={state.setOpened}
            onInvalidate={invalidate.open}
          />
        </div>
      )}
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
    </div>
  );
}
