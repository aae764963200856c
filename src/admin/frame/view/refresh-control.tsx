"use client";

import { Pause, Play } from "lucide-react";
import { Menu, menuItemLook } from "@/ui/controls/menu";
import { useNow } from "@/ui/hooks/timers";
import type { Live } from "./use-live";
import type { View } from "./use-view";
import { type Refresh, refreshes } from "./view";

type Shown = Pick<Live<unknown>, "arrivedAtMs" | "refreshMs" | "error">;
type Props = { view: View; shows: readonly Shown[] };

/** Metrics are stale after this many missed refreshes. */
const maxMissedRefreshes = 4;

const refreshWords = {
  live: "Live, as new values arrive",
  "5s": "Every 5 seconds",
  "30s": "Every 30 seconds",
  off: "Paused",
} as const satisfies Record<Refresh, string>;

function describeAge(ageMs: number): string {
  const seconds = Math.floor(ageMs / 1000);
  if (seconds < 100) return `${seconds} s old`;
  return seconds < 100 * 60 ? `${Math.floor(seconds / 60)} min old` : `${Math.floor(seconds / 3_600)} h old`;
}

export type Freshness = { state: "paused" | "waiting" | "stale" | "live"; ageMs: number };

/** How fresh a page is: the age of the oldest of its parts, and stale as soon as one of them is. */
export function freshnessOf(shows: readonly Shown[], refresh: Refresh, nowMs: number): Freshness {
  const ageOf = ({ arrivedAtMs }: Shown): number => Math.max(0, nowMs - arrivedAtMs);
  const arrived = shows.filter(({ arrivedAtMs }) => arrivedAtMs > 0);
  const ageMs = Math.max(0, ...arrived.map(ageOf));
  if (refresh === "off") return { state: arrived.length === 0 ? "waiting" : "paused", ageMs };
  if (arrived.length < shows.length) return { state: "waiting", ageMs };
  const isStale = shows.some(
    (shown) => shown.refreshMs !== null && ageOf(shown) > maxMissedRefreshes * shown.refreshMs + 1_000,
  );
  return { state: isStale ? "stale" : "live", ageMs };
}

const dots = { paused: "border border-muted", waiting: "bg-line-strong", stale: "bg-watch", live: "bg-good" } as const;

/** The age and state of the metrics, how often they are refreshed, and the button to pause. */
export function RefreshControl({ view, shows }: Props) {
  const nowMs = useNow(1_000);
  const { state, ageMs } = freshnessOf(shows, view.refresh, nowMs);
  const isPaused = view.refresh === "off";
  const Icon = isPaused ? Play : Pause;
  return (
    <div className="flex h-8 items-center rounded border border-line">
      <Menu
        label={`Refresh: ${refreshWords[view.refresh]}`}
        triggerClassName="h-full rounded-l-[3px] hover:bg-sunken"
        trigger={
          <span
            data-state={state}
            className={`flex w-[8.25rem] items-center gap-2 px-2.5 text-[13px] whitespace-nowrap tabular-nums ${state === "stale" ? "font-medium text-watch" : "text-muted"}`}
          >
            <span aria-hidden className={`size-2 shrink-0 rounded-full ${dots[state]}`} />
            <span>{state === "waiting" ? "waiting…" : `${state}, ${describeAge(ageMs)}`}</span>
          </span>
        }
      >
        {refreshes.map((refresh) => (
          <button
            key={refresh}
            type="button"
            data-closes
            aria-pressed={view.refresh === refresh}
            className={`${menuItemLook} aria-pressed:font-medium aria-pressed:text-accent`}
            onClick={() => view.setRefresh(refresh)}
          >
            {refreshWords[refresh]}
          </button>
        ))}
      </Menu>
      <button
        type="button"
        aria-label={isPaused ? "Go live" : "Pause"}
        aria-keyshortcuts="."
        title={isPaused ? "Go live (.)" : "Pause (.)"}
        className="grid h-full w-8 place-items-center rounded-r-[3px] border-l border-line text-muted hover:bg-sunken hover:text-ink"
        onClick={view.togglePause}
      >
        <Icon aria-hidden size={13} />
      </button>
    </div>
  );
}
