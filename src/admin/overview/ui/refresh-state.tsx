"use client";

import { Pause, Play } from "lucide-react";
import { useNow } from "@/ui/hooks/timers";
import type { Overview } from "./use-overview";

/** Figures count as stale when this many refreshes have passed without one. */
const refreshesUntilStale = 4;

function describeAge(ageMs: number): string {
  const seconds = Math.floor(ageMs / 1000);
  return seconds < 100 ? `${seconds} s old` : `${Math.floor(seconds / 60)} min old`;
}

type Props = { overview: Overview; isPaused: boolean; onPaused: (isPaused: boolean) => void };

/** How old the figures are, whether that is as it should be, and the button that holds them still. */
export function RefreshState({ overview, isPaused, onPaused }: Props) {
  const nowMs = useNow(1_000);
  const ageMs = Math.max(0, nowMs - overview.arrivedAtMs);
  const isWaiting = overview.arrivedAtMs === 0;
  const isStale = !isPaused && !isWaiting && ageMs > refreshesUntilStale * overview.refreshMs + 1_000;
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
        {isWaiting ? "waiting …" : `${state}, ${describeAge(ageMs)}`}
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
