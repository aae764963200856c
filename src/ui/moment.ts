const minute = 60_000;
const hour = 60 * minute;
const day = 24 * hour;

/** How long ago in one short phrase: `just now`, `12 min ago`, `5 h ago`, `3 d ago`, and from a week on the date. */
export function formatAgo(iso: string, nowMs: number): string {
  const agoMs = nowMs - Date.parse(iso);
  // Clocks of two machines differ a little: what is not quite yet counts as now.
  if (agoMs < minute) return "just now";
  if (agoMs < hour) return `${Math.floor(agoMs / minute)} min ago`;
  if (agoMs < day) return `${Math.floor(agoMs / hour)} h ago`;
  if (agoMs < 7 * day) return `${Math.floor(agoMs / day)} d ago`;
  return formatDay(iso);
}

/** The day by the reader's calendar: `14 Nov 2026`. */
export function formatDay(iso: string): string {
  return new Date(iso).toLocaleDateString("en-GB", { day: "numeric", month: "short", year: "numeric" });
}

/** The moment to the second by the reader's clock: `14 Nov 2026, 09:05:07`. */
export function formatMoment(iso: string): string {
  return `${formatDay(iso)}, ${new Date(iso).toLocaleTimeString("en-GB")}`;
}
