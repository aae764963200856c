import { useQueries } from "@tanstack/react-query";
import { useMemo, useState } from "react";
import { type Live, useLive } from "@/admin/frame/view/use-live";
import { useView } from "@/admin/frame/view/use-view";
import type { InsightTable } from "@/admin/insights/contract/tables";
import { useTRPC } from "@/ui/rpc/provider";
import type { TableState } from "@/ui/table/table-state";
import type { StatementRow } from "./statement-columns";
import { statementsPage, toQuestion } from "./statements-question";

export type Statements = {
  /** The first page, with its counts. */
  live: Live<InsightTable<"statements">>;
  /** Of all pages read so far; undefined while the first one loads. */
  rows: readonly StatementRow[] | undefined;
  /** Reads the next page; null when there is none. */
  onEnd: (() => void) | null;
};

/** Later pages change less than what stands at the top, and cost the server as much. */
const laterPagesEveryMs = 10_000;

/** The statements in the order and within the bounds of a table, page by page as they are scrolled to. */
export function useStatements(state: Pick<TableState, "sort" | "filters">, search: string): Statements {
  const trpc = useTRPC();
  const view = useView();
  const question = { ...view.filter, compare: view.compare, ...toQuestion(state, search) };
  const live = useLive(trpc.insights.statements.queryOptions(question));
  const matching = live.data?.matching ?? 0;
  const key = JSON.stringify(question);
  const [wanted, setWanted] = useState({ key, pages: 1 });
  // Another order begins at the top again.
  const pages = Math.min(wanted.key === key ? wanted.pages : 1, Math.ceil(matching / statementsPage));
  const later = useQueries({
    queries: Array.from({ length: Math.max(0, pages - 1) }, (_, index) =>
      trpc.insights.statements.queryOptions(
        { ...question, offset: (index + 1) * statementsPage },
        { refetchInterval: view.refresh === "off" ? false : laterPagesEveryMs },
      ),
    ),
    combine: (found) => ({
      rows: found.map(({ data }) => data?.rows),
      isLoading: found.some(({ isPending }) => isPending),
    }),
  });
  const rows = useMemo(() => {
    if (live.data === undefined) return undefined;
    // A statement may move from one page to another between two reads.
    const byName = new Map<string, StatementRow>();
    for (const row of [live.data.rows, ...later.rows].flatMap((page) => page ?? [])) {
      if (!byName.has(row.name)) byName.set(row.name, row);
    }
    return [...byName.values()];
  }, [live.data, later.rows]);
  const hasMore = pages * statementsPage < matching && !later.isLoading;
  return { live, rows, onEnd: hasMore ? () => setWanted({ key, pages: pages + 1 }) : null };
}
