"use client";

import { Pause, Play, SlidersHorizontal } from "lucide-react";
import { InvalidateButton } from "@/admin/cache/ui/invalidate-button";
import { PageBar } from "@/admin/frame/page-bar";
import type { InsightsOverview } from "@/admin/insights/contract/overview";
import { Segments } from "@/ui/controls/choice";
import { FilterField } from "@/ui/controls/filter-field";
import { Menu } from "@/ui/controls/menu";
import { useNow } from "@/ui/hooks/timers";
import type { DashboardState } from "./dashboard-state";
import type { Overview } from "./use-overview";

const rangeChoices = [
  { value: "5m", label: "Live" },
  { value: "15m", label: "15m" },
  { value: "1h", label: "1h" },
  { value: "6h", label: "6h" },
  { value: "24h", label: "24h" },
] as const;

function NodeStrip({ overview }: { overview: InsightsOverview }) {
  const nodes = overview.nodes.filter(({ standing }) => standing === "reporting" || standing === "silent");
  return (
    <span className="caption flex items-center gap-1.5 max-md:hidden" data-testid="nodes">
      <span aria-hidden className="flex gap-1">
        {nodes.slice(0, 12).map((node) => (
          <span
            key={node.id}
            title={node.id}
            className={`size-2 rounded-full ${node.standing === "silent" ? "border border-line-strong" : "bg-good"}`}
          />
        ))}
      </span>
      {nodes.length} {nodes.length === 1 ? "node" : "nodes"}
      {nodes.length > 12 ? " (12 shown)" : ""}
    </span>
  );
}

type Props = { state: DashboardState; overview: Overview; onInvalidate: () => void };

/** Range, refresh state, filter and invalidation. */
export function OverviewBar({ state, overview, onInvalidate }: Props) {
  return (
    <PageBar title="Overview">
      <Segments
        legend="Range"
        options={rangeChoices}
        chosen={state.range}
        onChoose={state.setRange}
        className="max-sm:order-1 max-sm:w-full"
      />
      <div className="max-sm:ml-auto">
        <RefreshState overview={overview} isPaused={state.isPaused} onPaused={state.setPaused} />
      </div>
      {overview.data === undefined ? null : <NodeStrip overview={overview.data} />}
      <div className="flex items-center gap-2 max-sm:order-2 max-sm:w-full md:ml-auto">
        <div className="min-w-0 max-sm:flex-1 [&>div]:w-full sm:[&>div]:w-44">
          <FilterField
            label="Filter the tables by name"
            placeholder="Filter by name"
            value={state.filter}
            onChange={state.setFilter}
          />
        </div>
        <Menu
          label="Options"
          triggerClassName="grid size-8 shrink-0 place-items-center rounded border border-line text-muted hover:bg-sunken hover:text-ink"
          trigger={<SlidersHorizontal aria-hidden size={14} />}
        >
          <label className="flex max-w-72 cursor-pointer items-start gap-2.5 px-3 py-1.5">
            <input
              type="checkbox"
              className="mt-0.5 size-4 shrink-0 accent-accent"
              checked={state.includesAdmin}
              onChange={(event) => state.setIncludesAdmin(event.target.checked)}
            />
            <span>
              Include dashboard and background traffic
              <span className="caption block">
                Excluded by default, so that viewing the dashboard does not change its metrics.
              </span>
            </span>
          </label>
        </Menu>
        <InvalidateButton label="Invalidate…" onOpen={onInvalidate} />
      </div>
    </PageBar>
  );
}

/** The metrics are stale after this many missed refreshes. */
const maxMissedRefreshes = 4;

function describeAge(ageMs: number): string {
  const seconds = Math.floor(ageMs / 1000);
  return seconds < 100 ? `${seconds} s old` : `${Math.floor(seconds / 60)} min old`;
}

type RefreshProps = { overview: Overview; isPaused: boolean; onPaused: (isPaused: boolean) => void };

/** The age and state of the metrics, and the button to pause. */
function RefreshState({ overview, isPaused, onPaused }: RefreshProps) {
  const nowMs = useNow(1_000);
  const ageMs = Math.max(0, nowMs - overview.arrivedAtMs);
  const isWaiting = overview.arrivedAtMs === 0;
  const isStale = !isPaused && !isWaiting && ageMs > maxMissedRefreshes * overview.refreshMs + 1_000;
  const state = isPaused ? "paused" : isWaiting ? "waiting" : isStale ? "stale" : "live";
  const dot = { paused: "border border-muted", waiting: "bg-line-strong", stale: "bg-watch", live: "bg-good" }[state];
  const Icon = isPaused ? Play : Pause;
  return (
    <div className="flex h-8 items-center rounded border border-line">
      <span
        data-state={state}
        className={`flex w-[8.25rem] items-center gap-2 pl-2.5 text-[13px] tabular-nums ${isStale ? "font-medium text-watch" : "text-muted"}`}
      >
        <span aria-hidden className={`size-2 shrink-0 rounded-full ${dot}`} />
        {isWaiting ? "waiting…" : `${state}, ${describeAge(ageMs)}`}
      </span>
      <button
        type="button"
        aria-label={isPaused ? "Go live" : "Pause"}
        aria-keyshortcuts="."
        title={isPaused ? "Go live (.)" : "Pause (.)"}
        className="grid h-full w-8 place-items-center rounded-r-[3px] border-l border-line text-muted hover:bg-sunken hover:text-ink"
        onClick={() => onPaused(!isPaused)}
      >
        <Icon aria-hidden size={13} />
      </button>
    </div>
  );
}
