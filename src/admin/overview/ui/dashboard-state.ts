import { createParser, debounce, parseAsBoolean, parseAsString, useQueryState } from "nuqs";

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
  asTable: boolean;
  opened: Opened | null;
  /** Filters the tables by name. */
  filter: string;
  setAsTable: (asTable: boolean) => void;
  setOpened: (opened: Opened | null) => void;
  setFilter: (filter: string) => void;
};

/** What this page shows beside the view that all pages share (`useView`). It lives in the URL too. */
export function useDashboardState(): DashboardState {
  const [asTable, setAsTable] = useQueryState("table", parseAsBoolean.withDefault(false));
  const [opened, setOpened] = useQueryState("open", parseOpened);
  const [filter, setFilter] = useQueryState(
    "q",
    parseAsString.withDefault("").withOptions({ limitUrlUpdates: debounce(300) }),
  );
  return {
    asTable,
    opened,
    filter,
    setAsTable: (value) => void setAsTable(value),
    setOpened: (value) => void setOpened(value),
    setFilter: (value) => void setFilter(value === "" ? null : value),
  };
}
