import { createParser, useQueryState } from "nuqs";

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

/** The order of one table, in the URL under `<name>Sort`: `-p95` for largest first. Unknown columns fall back. */
export function useTableSort(name: string, columnIds: readonly string[], fallback: TableSort) {
  const [stored, store] = useQueryState(`${name}Sort`, parseSort);
  const sort = stored !== null && columnIds.includes(stored.id) ? stored : fallback;
  return [sort, (next: TableSort) => void store(next)] as const;
}

/**
 * The order of `keys` for somebody who points at a row: what was there stays where it was, what is new comes last, what
 * is gone is left out.
 */
export function holdOrder(held: readonly string[], keys: readonly string[]): string[] {
  const present = new Set(keys);
  const before = new Set(held);
  return [...held.filter((key) => present.has(key)), ...keys.filter((key) => !before.has(key))];
}
