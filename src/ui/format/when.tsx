"use client";

import { useIsHydrated } from "../hooks/use-is-hydrated";
import { useNow } from "../hooks/timers";
import { formatAgo, formatMoment } from "./moments";

/** The age of a moment; the exact time on hover. */
export function When({ at, className = "" }: { at: string; className?: string }) {
  const nowMs = useNow(30_000);
  const isHydrated = useIsHydrated();
  return (
    // The server knows neither the zone of the viewer nor how long the page travels.
    <time
      dateTime={at}
      title={isHydrated ? `${formatMoment(at)} (${at})` : at}
      className={`whitespace-nowrap tabular-nums ${className}`}
    >
      {isHydrated ? formatAgo(at, nowMs) : `${at.slice(0, 16).replace("T", " ")} UTC`}
    </time>
  );
}
