"use client";

import { useEffect, useState } from "react";
import type { Overview } from "./use-overview";

/** Figures count as stale when this many refreshes have passed without one. */
const refreshesUntilStale = 4;

function useNow(everyMs: number): number {
  const [nowMs, setNowMs] = useState(() => Date.now());
  useEffect(() => {
    const timer = setInterval(() => setNowMs(Date.now()), everyMs);
    return () => clearInterval(timer);
  }, [everyMs]);
  return nowMs;
}

/** How old the figures are, and whether that is as it should be. */
export function DataAge({ overview, isPaused }: { overview: Overview; isPaused: boolean }) {
  const nowMs = useNow(1_000);
  if (overview.arrivedAtMs === 0) return <span className="w-28 text-right">–</span>;
  const ageMs = Math.max(0, nowMs - overview.arrivedAtMs);
  const isStale = !isPaused && ageMs > refreshesUntilStale * overview.refreshMs + 1_000;
  const state = isPaused ? "paused" : isStale ? "stale" : "live";
  return (
    <span data-state={state} className={`w-28 text-right tabular-nums ${isStale ? "font-medium text-watch" : ""}`}>
      {state}, {Math.floor(ageMs / 1000)} s old
    </span>
  );
}
