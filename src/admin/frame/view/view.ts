import {
  type InsightRange,
  insightRangeNames,
  liveEveryMs,
  maxRangeMs,
  minRangeMs,
} from "@/admin/insights/contract/ranges";

/** From `from` (inclusive) to `to` (exclusive), ISO 8601. */
export type CustomRange = { from: string; to: string };
export type ViewRange = InsightRange | CustomRange;

export const refreshes = ["live", "5s", "30s", "off"] as const;
export type Refresh = (typeof refreshes)[number];

/** The parts of the URL that belong to the view and stay when another page is opened. */
const viewKeys = ["range", "refresh", "compare", "nodes", "admin"] as const;

const maxNodes = 50;
const isNamed = (text: string): text is InsightRange => insightRangeNames.some((name) => name === text);

const readInstant = (text: string): number => (/^\d{4}-\d\d-\d\dT[\d:.]+Z$/.test(text) ? Date.parse(text) : Number.NaN);

/** `1h`, or `2026-01-31T12:00:00.000Z/2026-01-31T13:00:00.000Z` (an ISO 8601 interval). Null for any other text. */
export function parseRange(text: string): ViewRange | null {
  if (isNamed(text)) return text;
  const [from = "", to = "", ...rest] = text.split("/");
  const [fromMs, toMs] = [readInstant(from), readInstant(to)];
  const lengthMs = toMs - fromMs;
  // Also false for NaN.
  const isValid = rest.length === 0 && fromMs >= 0 && lengthMs >= minRangeMs && lengthMs <= maxRangeMs;
  return isValid ? { from: new Date(fromMs).toISOString(), to: new Date(toMs).toISOString() } : null;
}

export const serializeRange = (range: ViewRange): string =>
  typeof range === "string" ? range : `${range.from}/${range.to}`;

/** The nodes of a comma list, each once; null without any. */
export function parseNodes(text: string): string[] | null {
  const nodes = [...new Set(text.split(",").filter((name) => name !== "" && name.length <= 200))].slice(0, maxNodes);
  return nodes.length === 0 ? null : nodes.toSorted();
}

/** The custom range between two moments, made to fit the limits around its middle; in ms since 1970. */
export function toCustomRange(fromMs: number, toMs: number): CustomRange {
  const middleMs = (fromMs + toMs) / 2;
  const lengthMs = Math.min(maxRangeMs, Math.max(minRangeMs, Math.abs(toMs - fromMs)));
  const beginMs = Math.max(0, Math.round(middleMs - lengthMs / 2));
  return { from: new Date(beginMs).toISOString(), to: new Date(beginMs + lengthMs).toISOString() };
}

/** Time between two refreshes in ms; null when nothing is refreshed. A range in the past does not change. */
export function refreshEveryMs(range: ViewRange, refresh: Refresh, nowMs: number): number | null {
  if (refresh === "off" || (typeof range !== "string" && Date.parse(range.to) < nowMs)) return null;
  if (refresh === "5s") return 5_000;
  if (refresh === "30s") return 30_000;
  return typeof range === "string" ? liveEveryMs[range] : 5_000;
}

/** `href` with the view of `search`, so that a change of page keeps range, refresh, comparison and nodes. */
export function withView(href: string, search: URLSearchParams): string {
  const [path = "", own = ""] = href.split("?");
  const parts = new URLSearchParams(own);
  for (const key of viewKeys) {
    const value = search.get(key);
    if (value !== null && !parts.has(key)) parts.set(key, value);
  }
  const text = parts.toString();
  return text === "" ? path : `${path}?${text}`;
}
