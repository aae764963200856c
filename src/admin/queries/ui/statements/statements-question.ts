import type { TableInput } from "@/admin/insights/contract/tables";
import type { TableFilter } from "@/ui/table/columns";
import type { TableSort, TableState } from "@/ui/table/table-state";

export type StatementSortBy = TableInput<"statements">["sort"]["by"];
type Bounds = TableInput<"statements">["atLeast"];

/** Rows per request. */
export const statementsPage = 100;
/** What the server accepts; the field of the page is longer than any name. */
const maxSearchLength = 100;

/** The most expensive first. */
export const statementsSort: TableSort = { id: "totalMs", desc: true };

export type StatementsQuestion = Pick<TableInput<"statements">, "sort" | "atLeast" | "atMost" | "search" | "limit">;

function boundsOf(filters: readonly TableFilter[], op: TableFilter["op"]): Bounds {
  const found = filters.filter((filter) => filter.op === op).map(({ id, value }) => [id, Math.max(0, value)] as const);
  // The columns of the table have the names of the server's: a test holds both to it.
  return Object.fromEntries(found) as Bounds;
}

/** What a table asks the server. The table's columns have the server's names. */
export const toQuestion = (
  { sort, filters }: Pick<TableState, "sort" | "filters">,
  search: string,
): StatementsQuestion => ({
  // As above.
  sort: { by: sort.id as StatementSortBy, descending: sort.desc },
  atLeast: boundsOf(filters, "atLeast"),
  atMost: boundsOf(filters, "atMost"),
  search: search.trim().slice(0, maxSearchLength),
  limit: statementsPage,
});
