const minute = 60_000;
const hour = 60 * minute;
const day = 24 * hour;

/** The age of a moment in a short phrase: `just now`, `12 min ago`, `5 h ago`, `3 d ago`, and the date after a week. */
export function formatAgo(iso: string, nowMs: number): string {
  const agoMs = nowMs - Date.parse(iso);
  // The clocks of two machines differ slightly, so a moment in the near future reads as now.
  if (agoMs < minute) return "just now";
  if (agoMs < hour) return `${Math.floor(agoMs / minute)} min ago`;
  if (agoMs < day) return `${Math.floor(agoMs / hour)} h ago`;
  if (agoMs < 7 * day) return `${Math.floor(agoMs / day)} d ago`;
  return formatDay(iso);
}

/** The day in the local time zone: `14 Nov 2026`. */
export function formatDay(iso: string): string {
  return new Date(iso).toLocaleDateString("en-GB", { day: "numeric", month: "short", year: "numeric" });
}

/** The moment to the second in the local time zone: `14 Nov 2026, 09:05:07`. */
export function formatMoment(iso: string): string {
  return `${formatDay(iso)}, ${new Date(iso).toLocaleTimeString("en-GB")}`;
}

/** The range within a sentence: `in the last 5 minutes` for `5m`; null is a custom range. */
export function inRange(range: string | null): string {
  if (range === null) return "in this range";
  const amount = Number.parseInt(range, 10);
  const unit = range.endsWith("d") ? "day" : range.endsWith("h") ? "hour" : "minute";
  return amount === 1 ? `in the last ${unit}` : `in the last ${amount} ${unit}s`;
}
