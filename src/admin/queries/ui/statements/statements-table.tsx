"use client";

import { ChartSpline } from "lucide-react";
import { useMemo } from "react";
import { useView } from "@/admin/frame/view/use-view";
import type { InsightTable } from "@/admin/insights/contract/tables";
import { ProblemNotice } from "@/ui/feedback/problem-notice";
import { formatCount } from "@/ui/format/numbers";
import { DataTable } from "@/ui/table/data-table";
import { useTableState } from "@/ui/table/table-state";
import { minSamples } from "@/ui/charts/chart-source";
import { statementColumns } from "./statement-columns";
import { statementsSort } from "./statements-question";
import { useStatements } from "./use-statements";

const name = "statements";
const columnIds = statementColumns(false).map(({ id }) => id);

/** What the rows do not tell; null if they tell everything. */
function partialWords({ capped, coverage }: InsightTable<"statements">): string | null {
  const words = [
    ...(capped === 0
      ? []
      : [`${formatCount(capped)} executions belong to statements beyond those kept by name: they are in (other).`]),
    ...(coverage.missing.length === 0 ? [] : ["Part of this range could not be read."]),
  ];
  return words.length === 0 ? null : words.join(" ");
}

type Props = {
  search: string;
  charted: string | null;
  onOpen: (name: string) => void;
  onCharted: (name: string | null) => void;
};

/** One row per statement, sorted, filtered and searched by the server. */
export function StatementsTable({ search, charted, onOpen, onCharted }: Props) {
  const { compare } = useView();
  const state = useTableState(name, columnIds, statementsSort);
  const { live, rows, onEnd } = useStatements(state, search);
  const hasBefore = compare && (live.data?.before ?? null) !== null;
  const columns = useMemo(() => statementColumns(hasBefore), [hasBefore]);
  const { data, error } = live;
  return (
    <div className={live.isOfOtherInput || (error !== null && data !== undefined) ? "opacity-60" : ""}>
      {error === null || data === undefined ? null : (
        <ProblemNotice cause={error} onRetry={live.retry} isRetrying={live.isLoading}>
          <p className="mt-0.5 text-muted">The statements below are the last ones received.</p>
        </ProblemNotice>
      )}
      <DataTable
        name={name}
        title="Statements"
        rows={rows}
        columns={columns}
        sort={statementsSort}
        keyOf={(row) => row.name}
        onOpen={(row) => onOpen(row.name)}
        search={search}
        remote={{ matching: data?.matching ?? 0, total: data?.total ?? 0, onEnd }}
        isDimmed={({ count }) => count < minSamples}
        partial={data === undefined ? null : partialWords(data)}
        empty={{
          title: "No statements ran in this range.",
          children:
            "Every read was served by the cache, or there was no traffic. Choose a longer range to see earlier statements.",
        }}
        {...(error !== null && data === undefined
          ? { problem: <ProblemNotice cause={error} onRetry={live.retry} isRetrying={live.isLoading} /> }
          : {})}
        renderAction={(row) => {
          const isCharted = row.name === charted;
          return (
            <button
              type="button"
              aria-label={isCharted ? "Show all statements in the charts" : `Show ${row.name} in the charts`}
              title={isCharted ? "Show all statements in the charts" : "Show in the charts"}
              aria-pressed={isCharted}
              tabIndex={-1}
              className="grid size-7 place-items-center rounded text-muted hover:text-ink aria-pressed:bg-accent-soft aria-pressed:text-accent"
              onClick={(event) => {
                event.stopPropagation();
                onCharted(isCharted ? null : row.name);
              }}
            >
              <ChartSpline aria-hidden size={14} />
            </button>
          );
        }}
      />
    </div>
  );
}
