"use client";

import { useView } from "@/admin/frame/view/use-view";
import { refreshEveryMs } from "@/admin/frame/view/view";
import { useQuery } from "@tanstack/react-query";
import type { PlansStatistics } from "@/admin/queries/contract";
import { EmptyState } from "@/ui/feedback/empty-state";
import { ProblemNotice } from "@/ui/feedback/problem-notice";
import { Skeleton } from "@/ui/feedback/skeleton";
import {
  formatBytes,
  formatCount,
  formatDuration,
  formatShare,
  type Reading as ReadingValue,
} from "@/ui/format/numbers";
import { When } from "@/ui/format/when";
import { useNow } from "@/ui/hooks/timers";
import { useTRPC } from "@/ui/rpc/provider";
import { DataTable } from "@/ui/table/data-table";
import type { Column } from "@/ui/table/columns";
import { ShareBar } from "./cells";

type Row = Extract<PlansStatistics, { isAvailable: true }>["rows"][number];

const pageBytes = 8_192;
const maxRows = 200;
const minEveryMs = 5_000;
const count = (value: number): ReadingValue => ({ value: formatCount(value), unit: "" });

const columns: readonly Column<Row>[] = [
  {
    id: "statement",
    label: "Statement",
    title: "Its name in Weir, or its text where another program sent it",
    width: 260,
    value: ({ statement, text }) => statement ?? text ?? "(hidden: its text may hold a secret)",
  },
  {
    id: "calls",
    label: "Calls",
    title: "Executions since the statistics began",
    width: 84,
    value: (row) => row.calls,
    format: count,
  },
  {
    id: "mean",
    label: "Mean",
    title: "Mean execution time in the server",
    width: 80,
    value: (row) => row.meanMs,
    format: formatDuration,
  },
  {
    id: "max",
    label: "Max",
    title: "Longest execution",
    width: 80,
    value: (row) => row.maxMs,
    format: formatDuration,
    isWideOnly: true,
  },
  {
    id: "total",
    label: "Total time",
    title: "Total execution time, and its share of all statements",
    width: 132,
    value: (row) => row.totalMs,
    format: formatDuration,
    cell: (row) => <ShareBar share={row.share} of={formatDuration(row.totalMs)} />,
  },
  {
    id: "rows",
    label: "Rows",
    title: "Rows returned or changed",
    width: 84,
    value: (row) => row.rows,
    format: count,
    isWideOnly: true,
  },
  {
    id: "cached",
    label: "In memory",
    title: "Pages found in shared buffers, of all pages it touched",
    width: 84,
    value: ({ blocksHit, blocksRead }) => (blocksHit + blocksRead === 0 ? null : blocksHit / (blocksHit + blocksRead)),
    format: formatShare,
    isWideOnly: true,
  },
  {
    id: "read",
    label: "Read",
    title: "Bytes that were not in shared buffers",
    width: 84,
    value: (row) => row.blocksRead * pageBytes,
    format: formatBytes,
    isWideOnly: true,
  },
  {
    id: "spilled",
    label: "Spilled",
    title: "Bytes that sorts and hashes wrote to disk",
    width: 84,
    value: (row) => row.tempBlocksWritten * pageBytes,
    format: formatBytes,
    isWideOnly: true,
  },
  {
    id: "wal",
    label: "WAL",
    title: "Write-ahead log it caused",
    width: 84,
    value: (row) => row.walBytes,
    format: formatBytes,
    isWideOnly: true,
  },
];

/** What Postgres itself has counted, over all programs that use the database. */
export function ServerStatistics({ onOpen }: { onOpen: (name: string) => void }) {
  const trpc = useTRPC();
  const { range, refresh } = useView();
  const nowMs = useNow(0);
  const everyMs = refreshEveryMs(range, refresh, nowMs);
  const { data, error, refetch, isFetching } = useQuery(
    trpc.plans.statistics.queryOptions(
      { limit: maxRows },
      { refetchInterval: everyMs === null ? false : Math.max(minEveryMs, everyMs), retry: false },
    ),
  );
  if (data === undefined) {
    return error === null ? (
      <Skeleton className="h-40 w-full" />
    ) : (
      <ProblemNotice cause={error} onRetry={() => void refetch()} isRetrying={isFetching} />
    );
  }
  if (!data.isAvailable) {
    return (
      <EmptyState title="Postgres does not count statements, or not for Weir.">
        <p>Set it up once to see what every program does to the database, back to its last restart:</p>
        <ol className="mt-2 list-decimal space-y-1.5 pl-5">
          {data.howTo.map((step) => (
            <li key={step} className="[overflow-wrap:anywhere]">
              {step}
            </li>
          ))}
        </ol>
      </EmptyState>
    );
  }
  return (
    <>
      {error === null ? null : <ProblemNotice cause={error} onRetry={() => void refetch()} isRetrying={isFetching} />}
      <DataTable
        name="server"
        title="Counted by Postgres"
        rows={data.rows}
        columns={columns}
        sort={{ id: "total", desc: true }}
        keyOf={(row) => row.queryId}
        onOpen={({ statement }) => {
          if (statement !== null) onOpen(statement);
        }}
        isDimmed={({ statement }) => statement === null}
        empty={{ title: "Postgres has counted no statements yet." }}
        partial={data.rows.length === maxRows ? `The ${maxRows} statements with the most time.` : null}
        actions={
          <span className="caption">
            {data.since === null ? (
              "all programs, since an unknown moment"
            ) : (
              <>
                <span>all programs, since </span>
                <When at={data.since} />
              </>
            )}
          </span>
        }
      />
    </>
  );
}
