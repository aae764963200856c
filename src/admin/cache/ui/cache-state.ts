import { createParser, debounce, parseAsString, parseAsStringLiteral, useQueryState } from "nuqs";

/** The row that the sheet shows. */
export type OpenedRow = { kind: "group" | "tag"; name: string };

const parseOpened = createParser<OpenedRow>({
  parse: (text) => {
    const at = text.indexOf(":");
    const kind = text.slice(0, Math.max(0, at));
    const name = text.slice(at + 1);
    return (kind === "group" || kind === "tag") && name !== "" ? { kind, name } : null;
  },
  serialize: ({ kind, name }) => `${kind}:${name}`,
  eq: (a, b) => a.kind === b.kind && a.name === b.name,
});

const tabs = ["groups", "tags"] as const;
export type CacheTab = (typeof tabs)[number];

export type CacheState = {
  tab: CacheTab;
  opened: OpenedRow | null;
  /** Filters the table by name. */
  filter: string;
  setTab: (tab: CacheTab) => void;
  setOpened: (opened: OpenedRow | null) => void;
  setFilter: (filter: string) => void;
};

/** What this page shows beside the view that all pages share (`useView`). It lives in the URL too. */
export function useCacheState(): CacheState {
  const [tab, setTab] = useQueryState("tab", parseAsStringLiteral(tabs).withDefault("groups"));
  const [opened, setOpened] = useQueryState("open", parseOpened);
  const [filter, setFilter] = useQueryState(
    "q",
    parseAsString.withDefault("").withOptions({ limitUrlUpdates: debounce(300) }),
  );
  return {
    tab,
    opened,
    filter,
    setTab: (value) => void setTab(value),
    setOpened: (value) => void setOpened(value),
    setFilter: (value) => void setFilter(value === "" ? null : value),
  };
}
