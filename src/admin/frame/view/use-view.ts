import { createParser, parseAsBoolean, parseAsStringLiteral, useQueryStates } from "nuqs";
import { parseNodes, parseRange, type Refresh, refreshes, serializeRange, toCustomRange, type ViewRange } from "./view";

const parseAsRange = createParser<ViewRange>({
  parse: parseRange,
  serialize: serializeRange,
  eq: (a, b) => serializeRange(a) === serializeRange(b),
});
const parseAsNodes = createParser<string[]>({
  parse: parseNodes,
  serialize: (nodes) => nodes.join(","),
  eq: (a, b) => a.join() === b.join(),
});

const parsers = {
  range: parseAsRange.withDefault("5m"),
  refresh: parseAsStringLiteral(refreshes).withDefault("live"),
  compare: parseAsBoolean.withDefault(false),
  nodes: parseAsNodes,
  admin: parseAsBoolean.withDefault(false),
};

export type View = {
  range: ViewRange;
  refresh: Refresh;
  compare: boolean;
  /** Only these nodes; null for all. */
  nodes: string[] | null;
  /** Includes traffic of the dashboard and of background work. */
  includeAdmin: boolean;
  /** The part of every insights input that filters: `{ range, nodes, includeAdmin }`. */
  filter: { range: ViewRange; nodes: string[] | null; includeAdmin: boolean };
  /** The browser's Back button returns to the range before. */
  setRange: (range: ViewRange) => void;
  /** Shows the time between two moments, in ms since 1970: `<ChartGroup onZoom={view.zoomTo}>`. */
  zoomTo: (fromMs: number, toMs: number) => void;
  setRefresh: (refresh: Refresh) => void;
  /** Stops or resumes the refreshing. */
  togglePause: () => void;
  setCompare: (compare: boolean) => void;
  setNodes: (nodes: string[] | null) => void;
  setIncludesAdmin: (includesAdmin: boolean) => void;
};

/** What the pages of the dashboard show: time, nodes, comparison, refreshing. It lives in the URL, so every view is a link. */
export function useView(): View {
  const [{ range, refresh, compare, nodes, admin }, set] = useQueryStates(parsers);
  return {
    range,
    refresh,
    compare,
    nodes,
    includeAdmin: admin,
    filter: { range, nodes, includeAdmin: admin },
    setRange: (value) => void set({ range: value }, { history: "push" }),
    zoomTo: (fromMs, toMs) => void set({ range: toCustomRange(fromMs, toMs) }, { history: "push" }),
    setRefresh: (value) => void set({ refresh: value }),
    togglePause: () => void set({ refresh: refresh === "off" ? "live" : "off" }),
    setCompare: (value) => void set({ compare: value }),
    setNodes: (value) => void set({ nodes: value }),
    setIncludesAdmin: (value) => void set({ admin: value }),
  };
}
