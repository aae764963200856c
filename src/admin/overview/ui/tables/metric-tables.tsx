"use client";

import { useMemo } from "react";
import { InvalidateButton } from "@/admin/cache/ui/invalidate-button";
import { readsWithoutLoad } from "@weir/core/outcomes";
import type { CacheGroupRow, ProcedureRow, StatementRow, TimingRow } from "@/admin/insights/contract/overview";
import { minSamples } from "@/ui/charts/chart-source";
import { formatCount, formatDuration, formatShare, readAloud } from "@/ui/format/numbers";
import { Reading } from "@/ui/format/reading";
import { OutcomeBar, Percentile } from "./cells";
import type { Column } from "@/ui/table/columns";
import { DataTable } from "@/ui/table/data-table";

const asCount = (value: number) => ({ value: formatCount(value), unit: "" });

const groupColumns: readonly Column<CacheGroupRow>[] = [
  { id: "group", label: "Group", title: "Name", width: 190, value: (row) => row.group },
  {
    id: "reads",
    label: "Reads",
    title: "Reads in this range",
    width: 84,
    value: (row) => row.reads,
    format: asCount,
  },
  {
    id: "outcomes",
    label: "Outcomes",
    title: "Outcomes of the reads, sorted by the share that was not served from the cache",
    width: 260,
    value: (row) => (row.hitRatio === null ? null : 1 - row.hitRatio),
    cell: (row) => <OutcomeBar outcomes={row.outcomes} className="ml-2" />,
  },
  {
    id: "hit",
    label: "Hit rate",
    title: "(hit + stale + negative) ÷ all reads except bypass",
    width: 84,
    value: (row) => row.hitRatio,
    format: formatShare,
    cell: (row) => (
      <span
        className={row.reads < minSamples ? "text-muted italic" : ""}
        title={row.reads < minSamples ? `Only ${row.reads} reads` : undefined}
      >
        <Reading of={formatShare(row.hitRatio)} />
      </span>
    ),
  },
  {
    id: "loads",
    label: "Loads",
    title: "Loads from the database",
    width: 76,
    value: (row) => row.loads,
    format: asCount,
  },
  {
    id: "hitP95",
    label: "Hit p95",
    title: "95th percentile of reads without a load",
    width: 92,
    value: (row) => row.hitP95Ms,
    format: formatDuration,
    cell: (row) => <Percentile ms={row.hitP95Ms} count={readsWithoutLoad(row.outcomes)} />,
  },
  {
    id: "loadP95",
    label: "Load p95",
    title: "95th percentile of loads",
    width: 92,
    value: (row) => row.loadP95Ms,
    format: formatDuration,
    cell: (row) => <Percentile ms={row.loadP95Ms} count={row.loads} />,
  },
];

const byReads = { id: "reads", desc: true };
const groupOf = (row: CacheGroupRow): string => row.group;

type GroupProps = {
  rows: readonly CacheGroupRow[];
  search: string;
  onOpen: (group: string) => void;
  onInvalidate: (group: string) => void;
};

/** One row for each cache group. */
export function GroupsTable({ rows, search, onOpen, onInvalidate }: GroupProps) {
  return (
    <DataTable
      name="groups"
      title="Cache groups"
      rows={rows}
      columns={groupColumns}
      sort={byReads}
      keyOf={groupOf}
      search={search}
      empty={{ title: "No groups were read in this range." }}
      onOpen={(row) => onOpen(row.group)}
      renderAction={({ group }) => (
        <InvalidateButton isCompact label={`Invalidate ${group}…`} onOpen={() => onInvalidate(group)} />
      )}
    />
  );
}

type TimingProps<Row> = { rows: readonly Row[]; search: string; onOpen: (name: string) => void };

const byTotal = { id: "total", desc: true };
const nameOf = (row: { name: string }): string => row.name;
const sumTotals = (rows: readonly { totalMs: number }[]): number => rows.reduce((sum, { totalMs }) => sum + totalMs, 0);

const procedureColumns: readonly Column<ProcedureRow>[] = [
  {
    id: "refused",
    label: "Rejected",
    title: "Calls rejected with a client error, such as NOT_FOUND",
    width: 72,
    value: (row) => row.refused,
    format: asCount,
    cell: (row) => (
      <span className={row.refused === 0 ? "text-muted" : ""}>
        <Reading of={{ value: formatCount(row.refused), unit: "" }} />
      </span>
    ),
  },
];

/** One row for each procedure. */
export function ProceduresTable({ rows, search, onOpen }: TimingProps<ProcedureRow>) {
  const ofMs = sumTotals(rows);
  const columns = useMemo(() => timingColumns("Procedure", ofMs, procedureColumns), [ofMs]);
  return (
    <DataTable
      name="procedures"
      title="Procedures"
      rows={rows}
      columns={columns}
      sort={byTotal}
      keyOf={nameOf}
      search={search}
      empty={{ title: "No procedures were called in this range." }}
      onOpen={(row) => onOpen(row.name)}
    />
  );
}

const statementColumns: readonly Column<StatementRow>[] = [
  {
    id: "wait",
    label: "Wait p95",
    title: "95th percentile of the wait for a connection",
    width: 84,
    value: (row) => row.waitP95Ms,
    format: formatDuration,
    cell: (row) => <Percentile ms={row.waitP95Ms} count={row.count} />,
  },
  {
    id: "rows",
    label: "Rows",
    title: "Total rows returned",
    width: 76,
    value: (row) => row.rows,
    format: asCount,
  },
];

/** One row for each SQL statement. */
export function StatementsTable({ rows, search, onOpen }: TimingProps<StatementRow>) {
  const ofMs = sumTotals(rows);
  const columns = useMemo(() => timingColumns("Statement", ofMs, statementColumns), [ofMs]);
  return (
    <DataTable
      name="statements"
      title="Statements"
      rows={rows}
      columns={columns}
      sort={byTotal}
      keyOf={nameOf}
      search={search}
      empty={{ title: "No statements ran in this range: the cache served every read." }}
      onOpen={(row) => onOpen(row.name)}
    />
  );
}

/** A total with its share of all totals as a bar. */
function TotalWithShare({ ms, ofMs }: { ms: number; ofMs: number }) {
  const share = ofMs === 0 ? 0 : ms / ofMs;
  return (
    <span className="flex items-center justify-end gap-2" title={`${readAloud(formatShare(share))} of total`}>
      <Reading of={formatDuration(ms)} />
      <span aria-hidden className="block h-2 w-14 shrink-0 bg-sunken group-hover:bg-line">
        <span className="block h-full bg-accent" style={{ width: `${share * 100}%` }} />
      </span>
      <span className="sr-only">{`${readAloud(formatShare(share))} of total`}</span>
    </span>
  );
}

type Timing = (row: TimingRow) => number | null;
const timings: readonly (readonly [id: string, label: string, title: string, Timing])[] = [
  ["mean", "Mean", "Mean duration", (row) => row.meanMs],
  ["p50", "p50", "Median", (row) => row.p50Ms],
  ["p95", "p95", "95th percentile", (row) => row.p95Ms],
  ["p99", "p99", "99th percentile", (row) => row.p99Ms],
  ["max", "Max", "Maximum", (row) => row.maxMs],
];

/** The columns of procedures and statements: counts, errors, durations and share of the total time. */
function timingColumns<Row extends TimingRow>(
  nameLabel: string,
  ofMs: number,
  more: readonly Column<Row>[],
): Column<Row>[] {
  return [
    {
      id: "name",
      label: nameLabel,
      title: "Name",
      width: 190,
      value: (row) => row.name,
    },
    {
      id: "count",
      label: "Count",
      title: "Count in this range",
      width: 76,
      value: (row) => row.count,
      format: asCount,
    },
    {
      id: "errors",
      label: "Errors",
      title: "Failed calls",
      width: 64,
      value: (row) => row.errors,
      format: asCount,
      cell: (row) => (
        <span className={row.errors === 0 ? "text-muted" : "font-medium text-act"}>
          <Reading of={{ value: formatCount(row.errors), unit: "" }} />
        </span>
      ),
    },
    ...timings.map(([id, label, title, read]): Column<Row> => ({
      id,
      label,
      title,
      width: 82,
      value: read,
      format: formatDuration,
      cell: (row) => <Percentile ms={read(row)} count={row.count} />,
    })),
    ...more,
    {
      id: "total",
      label: "Total",
      title: "Total time, and its share of the time of all rows",
      width: 150,
      value: (row) => row.totalMs,
      format: formatDuration,
      cell: (row) => <TotalWithShare ms={row.totalMs} ofMs={ofMs} />,
    },
  ];
}
