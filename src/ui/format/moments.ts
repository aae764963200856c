const clock = new Intl.DateTimeFormat("en-GB", { hour: "2-digit", minute: "2-digit" });
const clockWithSeconds = new Intl.DateTimeFormat("en-GB", { hour: "2-digit", minute: "2-digit", second: "2-digit" });

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

/** The time of day, with seconds unless the step between times is a whole number of minutes. */
export function formatTime(seconds: number, stepSeconds: number): string {
  return (stepSeconds % 60 === 0 ? clock : clockWithSeconds).format(seconds * 1000);
}
