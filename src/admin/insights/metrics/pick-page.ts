import type { TablePage, TableQuestion } from "../contract/table";
import { byName } from "./timing";

function numberAt(row: object, column: string): number | null {
  const value: unknown = Reflect.get(row, column);
  return typeof value === "number" ? value : null;
}

/**
 * The rows that were asked for: those that match, sorted, of these one page. Rows without a figure come last in either
 * direction; equals are sorted by name.
 */
export function pickPage<Row extends object>(
  rows: readonly Row[],
  { sort, atLeast, search, offset, limit }: TableQuestion,
  nameOf: (row: Row) => string,
): Omit<TablePage<Row>, "capped"> {
  const wanted = search.toLowerCase();
  const bounds = Object.entries(atLeast).filter((bound): bound is [string, number] => bound[1] !== undefined);
  const matching = rows.filter(
    (row) =>
      nameOf(row).toLowerCase().includes(wanted) &&
      bounds.every(([column, least]) => (numberAt(row, column) ?? -1) >= least),
  );
  const sign = sort.descending ? -1 : 1;
  const compare = (a: Row, b: Row): number => {
    if (sort.by === "name") return sign * byName(nameOf(a), nameOf(b));
    const [mine, its] = [numberAt(a, sort.by), numberAt(b, sort.by)];
    if (mine === its) return byName(nameOf(a), nameOf(b));
    if (mine === null) return 1;
    if (its === null) return -1;
    return sign * (mine - its);
  };
  const sorted = matching.toSorted(compare);
  return { rows: sorted.slice(offset, offset + limit), matching: matching.length, total: rows.length };
}
