"use client";

import { useRouter } from "next/navigation";
import { useRef, useState } from "react";
import { ProblemNotice } from "../ui/problem-notice";
import { useShortcuts } from "../ui/use-shortcuts";
import { DashboardSkeleton } from "./dashboard-skeleton";
import { Figures } from "./figures-view";
import { HelpDialog } from "./help-dialog";
import { moveToRow } from "./move-to-row";
import { RowSheet } from "./row-sheet";
import { Toolbar } from "./toolbar";
import { ranges, useDashboardState } from "./use-dashboard-state";
import { useOverview } from "./use-overview";

/** The dashboard: what the cache and the queries do, while they do it. */
export function Dashboard() {
  const state = useDashboardState();
  const overview = useOverview(state.range, state.includesAdmin, state.isPaused);
  const [helps, setHelps] = useState(false);
  const router = useRouter();
  const wentAtMs = useRef(Number.NEGATIVE_INFINITY);
  const { data, error } = overview;

  useShortcuts({
    ".": () => state.setPaused(!state.isPaused),
    "?": () => setHelps(true),
    j: () => moveToRow(1),
    k: () => moveToRow(-1),
    t: () => state.setAsTable(!state.asTable),
    g: (event) => {
      wentAtMs.current = event.timeStamp;
    },
    e: (event) => {
      if (event.timeStamp - wentAtMs.current < 1_000) router.push("/");
    },
    ...Object.fromEntries(ranges.map((range, index) => [String(index + 1), () => state.setRange(range)])),
  });

  return (
    <div className="pt-4">
      <Toolbar state={state} overview={overview} onHelp={() => setHelps(true)} />
      {error === null ? null : (
        <div className="mt-2">
          <ProblemNotice cause={error} onRetry={overview.retry} isRetrying={overview.isLoading} />
        </div>
      )}
      {data === undefined ? (
        error === null ? (
          <DashboardSkeleton />
        ) : null
      ) : (
        <div
          className={`mt-5 ${overview.isOfOtherRange || error !== null ? "opacity-60" : ""}`}
          aria-busy={overview.isOfOtherRange}
        >
          <Figures overview={data} asTable={state.asTable} onAsTable={state.setAsTable} onOpen={state.setOpened} />
        </div>
      )}
      {state.opened !== null && data !== undefined ? (
        <RowSheet opened={state.opened} overview={data} onClose={() => state.setOpened(null)} />
      ) : null}
      {helps ? <HelpDialog onClose={() => setHelps(false)} /> : null}
    </div>
  );
}
