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

/** The sort order of one table, in the URL as `<name>Sort`: `-p95` sorts descending. Unknown columns fall back. */
export function useTableSort(name: string, columnIds: readonly string[], fallback: TableSort) {
  const [stored, store] = useQueryState(`${name}Sort`, parseSort);
  const sort = stored !== null && columnIds.includes(stored.id) ? stored : fallback;
  return [sort, (next: TableSort) => void store(next)] as const;
}

/**
 * Keeps the order of `keys` stable while a row is hovered: known rows stay in place, new ones come last, removed ones are
 * dropped.
 */
export function holdOrder(held: readonly string[], keys: readonly string[]): string[] {
  const present = new Set(keys);
  const before = new Set(held);
  return [...held.filter((key) => present.has(key)), ...keys.filter((key) => !before.has(key))];
}
