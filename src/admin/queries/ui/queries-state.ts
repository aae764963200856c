import { debounce, parseAsString, parseAsStringLiteral, useQueryStates } from "nuqs";

const queriesTabs = ["statements", "indexes", "server"] as const;
export type QueriesTab = (typeof queriesTabs)[number];
const sheetTabs = ["timing", "plan", "indexes"] as const;
export type SheetTab = (typeof sheetTabs)[number];

export type QueriesState = {
  tab: QueriesTab;
  /** Part of a name or of the SQL. */
  search: string;
  /** The statement whose sheet is open. */
  open: string | null;
  sheet: SheetTab;
  /** The statement that the charts of the page show; null for all. */
  charted: string | null;
  setTab: (tab: QueriesTab) => void;
  setSearch: (text: string) => void;
  setOpen: (name: string | null, sheet?: SheetTab) => void;
  setSheet: (sheet: SheetTab) => void;
  setCharted: (name: string | null) => void;
};

const parsers = {
  tab: parseAsStringLiteral(queriesTabs).withDefault("statements"),
  q: parseAsString.withDefault(""),
  open: parseAsString,
  sheet: parseAsStringLiteral(sheetTabs).withDefault("timing"),
  of: parseAsString,
};

/**
 * What the page shows beside the view that all pages share. It lives in the URL: `?open=order.byId&sheet=plan` is the
 * link to the plan of a statement.
 */
export function useQueriesState(): QueriesState {
  const [{ tab, q, open, sheet, of }, set] = useQueryStates(parsers);
  return {
    tab,
    search: q,
    open,
    sheet,
    charted: of,
    setTab: (value) => void set({ tab: value }, { history: "push" }),
    setSearch: (text) => void set({ q: text === "" ? null : text }, { limitUrlUpdates: debounce(300) }),
    setOpen: (name, value) => void set({ open: name, sheet: value ?? null }, { history: "push" }),
    setSheet: (value) => void set({ sheet: value }),
    setCharted: (name) => void set({ of: name }),
  };
}
