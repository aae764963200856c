import { createParser, debounce, parseAsBoolean, parseAsString, parseAsStringLiteral, useQueryState } from "nuqs";
import type { InsightRange } from "@/admin/insights/contract/range";

export const ranges = ["5m", "15m", "1h", "6h", "24h"] as const satisfies readonly InsightRange[];
type ShownRange = (typeof ranges)[number];

/** The row that the sheet shows. */
export type Opened = { kind: "group" | "procedure" | "statement"; name: string };

const parseOpened = createParser<Opened>({
  parse: (text) => {
    const at = text.indexOf(":");
    const kind = text.slice(0, Math.max(0, at));
    const name = text.slice(at + 1);
    return (kind === "group" || kind === "procedure" || kind === "statement") && name !== "" ? { kind, name } : null;
  },
  serialize: ({ kind, name }) => `${kind}:${name}`,
  eq: (a, b) => a.kind === b.kind && a.name === b.name,
});

export type DashboardState = {
  range: ShownRange;
  isPaused: boolean;
  includesAdmin: boolean;
  asTable: boolean;
  opened: Opened | null;
  /** Filters the tables by name. */
  filter: string;
  setRange: (range: ShownRange) => void;
  setPaused: (isPaused: boolean) => void;
  setIncludesAdmin: (includesAdmin: boolean) => void;
  setAsTable: (asTable: boolean) => void;
  setOpened: (opened: Opened | null) => void;
  setFilter: (filter: string) => void;
};

/** The state of the dashboard. It lives in the URL, so every view is a link. */
export function useDashboardState(): DashboardState {
  const [range, setRange] = useQueryState("range", parseAsStringLiteral(ranges).withDefault("5m"));
  const [isPaused, setPaused] = useQueryState("paused", parseAsBoolean.withDefault(false));
  const [includesAdmin, setIncludesAdmin] = useQueryState("admin", parseAsBoolean.withDefault(false));
  const [asTable, setAsTable] = useQueryState("table", parseAsBoolean.withDefault(false));
  const [opened, setOpened] = useQueryState("open", parseOpened);
  const [filter, setFilter] = useQueryState(
    "q",
    parseAsString.withDefault("").withOptions({ limitUrlUpdates: debounce(300) }),
  );
  return {
    range,
    isPaused,
    includesAdmin,
    asTable,
    opened,
    filter,
    setRange: (value) => void setRange(value),
    setPaused: (value) => void setPaused(value),
    setIncludesAdmin: (value) => void setIncludesAdmin(value),
    setAsTable: (value) => void setAsTable(value),
    setOpened: (value) => void setOpened(value),
    setFilter: (value) => void setFilter(value === "" ? null : value),
  };
}
