"use client";

import { useNow } from "../hooks/timers";
import { formatAgo, formatMoment } from "./moments";

/** The age of a moment; the exact time on hover. */
export function When({ at, className = "" }: { at: string; className?: string }) {
  const nowMs = useNow(30_000);
  return (
    <time dateTime={at} title={`${formatMoment(at)} (${at})`} className={`whitespace-nowrap tabular-nums ${className}`}>
      {formatAgo(at, nowMs)}
    </time>
  );
}
