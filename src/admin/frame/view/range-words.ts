import type { InsightRange } from "@/admin/insights/contract/ranges";
import { zoneAt, type ZonedTime, zonedTimeAt } from "@/ui/format/zoned-time";
import type { ViewRange } from "./view";

/** The named ranges as buttons and as words. */
export const rangeLabels = {
  "5m": "Live",
  "15m": "15m",
  "1h": "1h",
  "6h": "6h",
  "24h": "24h",
  "7d": "7d",
  "30d": "30d",
  "90d": "90d",
} as const satisfies Record<InsightRange, string>;

export const rangeWords = {
  "5m": "live, the last 5 minutes",
  "15m": "15 minutes",
  "1h": "1 hour",
  "6h": "6 hours",
  "24h": "24 hours",
  "7d": "7 days",
  "30d": "30 days",
  "90d": "90 days",
} as const satisfies Record<InsightRange, string>;

const months = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"] as const;
const two = (value: number): string => String(value).padStart(2, "0");
const day = ({ day: date, month }: ZonedTime): string => `${date} ${months[month - 1] ?? ""}`;
const clock = ({ hour, minute, second }: ZonedTime): string =>
  `${two(hour)}:${two(minute)}${second === 0 ? "" : `:${two(second)}`}`;

/** `30 Nov 10:00–11:00`, `30 Nov 23:00 – 1 Dec 01:00`; the day alone where both ends are midnights. */
export function describeRange(range: ViewRange, timeZone: string): string {
  if (typeof range === "string") return rangeWords[range];
  const from = zonedTimeAt(Date.parse(range.from), timeZone);
  const to = zonedTimeAt(Date.parse(range.to), timeZone);
  if (day(from) === day(to) && from.year === to.year) return `${day(from)} ${clock(from)}–${clock(to)}`;
  return `${day(from)} ${clock(from)} – ${day(to)} ${clock(to)}`;
}

/** `Europe/Berlin, UTC+01:00`; both offsets where the range crosses a change of the clocks. */
export function describeZone(range: { fromMs: number; toMs: number }, timeZone: string): string {
  const offsets = [...new Set([zoneAt(range.fromMs, timeZone), zoneAt(range.toMs, timeZone)])];
  return `${timeZone}, ${offsets.join(" → ")}`;
}
