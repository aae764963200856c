"use client";

import { CircleHelp, Pause, Play } from "lucide-react";
import type { InsightsOverview } from "@/contracts/insights";
import { DataAge } from "./data-age";
import { isSilent } from "./nodes";
import { type DashboardState, ranges } from "./use-dashboard-state";
import type { Overview } from "./use-overview";

function NodeStrip({ overview }: { overview: InsightsOverview }) {
  const { nodes, asOf } = overview;
  return (
    <span className="flex items-center gap-1.5" data-testid="nodes">
      <span aria-hidden className="flex gap-1">
        {nodes.slice(0, 12).map((node) => (
          <span
            key={node.id}
            title={node.id}
            className={`size-2 rounded-full ${isSilent(node, asOf) ? "border border-line-strong" : "bg-good"}`}
          />
        ))}
      </span>
      {nodes.length} {nodes.length === 1 ? "node" : "nodes"}
      {nodes.length > 12 ? " (12 shown)" : ""}
    </span>
  );
}

type Props = { state: DashboardState; overview: Overview; onHelp: () => void };

/** Range, refresh and what the figures rest on. */
export function Toolbar({ state, overview, onHelp }: Props) {
  const { range, isPaused } = state;
  const Icon = isPaused ? Play : Pause;
  return (
    <div className="flex flex-wrap items-center gap-x-4 gap-y-2">
      <h1 className="text-base font-semibold">Overview</h1>
      <fieldset className="flex rounded border border-line p-px">
        <legend className="sr-only">Range</legend>
        {ranges.map((choice) => (
          <button
            key={choice}
            type="button"
            aria-pressed={choice === range}
            className="h-7 min-w-10 rounded-[3px] px-2 text-muted tabular-nums hover:text-ink aria-pressed:bg-sunken aria-pressed:font-medium aria-pressed:text-ink"
            onClick={() => state.setRange(choice)}
          >
            {choice}
          </button>
        ))}
      </fieldset>
      <button
        type="button"
        aria-keyshortcuts="."
        className="flex h-[30px] w-[84px] items-center gap-1.5 rounded border border-line px-2.5 hover:bg-sunken"
        onClick={() => state.setPaused(!isPaused)}
      >
        <Icon aria-hidden size={13} />
        {isPaused ? "Go live" : "Pause"}
      </button>
      <label className="flex items-center gap-1.5">
        <input
          type="checkbox"
          className="size-4 accent-accent"
          checked={state.includesAdmin}
          onChange={(event) => state.setIncludesAdmin(event.target.checked)}
        />
        count dashboard and background
      </label>
      <div className="caption flex items-center gap-4 md:ml-auto">
        {overview.data === undefined ? null : <NodeStrip overview={overview.data} />}
        <DataAge overview={overview} isPaused={isPaused} />
        <button
          type="button"
          aria-label="Keys"
          aria-keyshortcuts="?"
          title="Keys (?)"
          className="grid size-7 place-items-center rounded hover:text-ink"
          onClick={onHelp}
        >
          <CircleHelp aria-hidden size={16} strokeWidth={1.75} />
        </button>
      </div>
    </div>
  );
}
