import { createParser, parseAsArrayOf, parseAsString, useQueryStates } from "nuqs";
import type { TableFilter } from "./columns";

/** A column and a direction. */
export type TableSort = { id: string; desc: boolean };

const parseSort = createParser<TableSort>({
  parse: (text) => {
    const desc = text.startsWith("-");
    const id = desc ? text.slice(1) : text;
    return /^[a-zA-Z0-9]{1,30}$/.test(id) ? { id, desc } : null;
  },
  serialize: ({ id, desc }) => (desc ? `-${id}` : id),
  eq: (a, b) => a.id === b.id && a.desc === b.desc,
});

const maxFilters = 12;

/** `p95~41.5` is at least, `p95!41.5` at most: neither is escaped in a URL. */
const parseFilter = createParser<TableFilter>({
  parse: (text) => {
    const found = /^([a-zA-Z0-9]{1,30})([~!])(-?[\d.e+-]{1,25})$/.exec(text);
    const value = Number(found?.[3]);
    if (found === null || !Number.isFinite(value)) return null;
    return { id: found[1] ?? "", op: found[2] === "~" ? "atLeast" : "atMost", value };
  },
  serialize: ({ id, op, value }) => `${id}${op === "atLeast" ? "~" : "!"}${value}`,
  eq: (a, b) => a.id === b.id && a.op === b.op && a.value === b.value,
});

export type TableState = {
  sort: TableSort;
  filters: TableFilter[];
  /** IDs of columns that differ from their default: optional ones that are shown, others that are hidden. */
  switched: string[];
  setSort: (sort: TableSort) => void;
  setFilters: (filters: TableFilter[]) => void;
  setSwitched: (ids: string[]) => void;
};

/**
 * The view of one table, in the URL as `<name>Sort`, `<name>Filter` and `<name>Columns`. A page that reads its rows
 * sorted and filtered from the server uses it with the same name as its table. Unknown columns fall back.
 */
export function useTableState(name: string, columnIds: readonly string[], fallback: TableSort): TableState {
  const [state, setState] = useQueryStates(
    { sort: parseSort, filters: parseAsArrayOf(parseFilter, ";"), switched: parseAsArrayOf(parseAsString, ".") },
    { urlKeys: { sort: `${name}Sort`, filters: `${name}Filter`, switched: `${name}Columns` } },
  );
  const isKnown = ({ id }: { id: string }): boolean => columnIds.includes(id);
  return {
    sort: state.sort !== null && isKnown(state.sort) ? state.sort : fallback,
    filters: (state.filters ?? []).filter(isKnown).slice(0, maxFilters),
    switched: state.switched ?? [],
    setSort: (sort) => void setState({ sort }),
    setFilters: (filters) => void setState({ filters: filters.length === 0 ? null : filters }),
    setSwitched: (switched) => void setState({ switched: switched.length === 0 ? null : switched }),
  };
}
