"use client";

import {
  type CacheGroupRow,
  type ProcedureRow,
  readsWithoutLoad,
  type StatementRow,
  type TimingRow,
} from "@/admin/insights/contract/overview";
import { minSamples } from "@/ui/charts/outcomes-prepare";
import { formatCount, formatDuration, formatShare, readAloud } from "@/ui/format/numbers";
import { InvalidateButton } from "@/admin/cache/ui/invalidate-button";
import { Reading } from "@/ui/format/reading";
import { type Column, DataTable } from "./data-table";
import { OutcomeBar } from "./cells";
import { useMemo } from "react";

const groupColumns: readonly Column<CacheGroupRow>[] = [
  { id: "group", label: "Group", title: "By name", width: "auto", value: (row) => row.group, cell: (row) => row.group },
  {
    id: "reads",
    label: "Reads",
    title: "Keys read in this range",
    width: "84px",
    value: (row) => row.reads,
    cell: (row) => <Reading of={{ value: formatCount(row.reads), unit: "" }} />,
  },
  {
    id: "outcomes",
    label: "Outcomes",
    title: "How the reads ended, sorted by the part that the database felt",
    width: "300px",
    value: (row) => (row.hitRatio === null ? null : 1 - row.hitRatio),
    cell: (row) => <OutcomeBar outcomes={row.outcomes} className="ml-6" />,
  },
  {
    id: "hit",
    label: "Hit rate",
    title: "(hit + stale + negative) ÷ all reads but bypass",
    width: "84px",
    value: (row) => row.hitRatio,
    cell: (row) => (
      <span
        className={row.reads < minSamples ? "text-muted italic" : ""}
        title={row.reads < minSamples ? `From ${row.reads} reads only` : undefined}
      >
        <Reading of={formatShare(row.hitRatio)} />
      </span>
    ),
  },
  {
    id: "loads",
    label: "Loads",
    title: "How often the database was asked",
    width: "76px",
    value: (row) => row.loads,
    cell: (row) => <Reading of={{ value: formatCount(row.loads), unit: "" }} />,
  },
  {
    id: "hitP95",
    label: "Hit p95",
    title: "Of reads answered without a load: 95 of 100 were quicker",
    width: "92px",
    value: (row) => row.hitP95Ms,
    cell: (row) => <Percentile ms={row.hitP95Ms} count={readsWithoutLoad(row.outcomes)} />,
  },
  {
    id: "loadP95",
    label: "Load p95",
    title: "Of loads: 95 of 100 were quicker",
    width: "92px",
    value: (row) => row.loadP95Ms,
    cell: (row) => <Percentile ms={row.loadP95Ms} count={row.loads} />,
  },
];

const byReads = { id: "reads", desc: true };
const groupOf = (row: CacheGroupRow): string => row.group;

type Props = { rows: CacheGroupRow[]; onOpen: (group: string) => void; onInvalidate: (group: string) => void };

/** One row per group of cached values. */
export function GroupsTable({ rows, onOpen, onInvalidate }: Props) {
  return (
    <DataTable
      name="groups"
      caption="Cache groups with their outcomes and times"
      rows={rows}
      columns={groupColumns}
      fallbackSort={byReads}
      keyOf={groupOf}
      onOpen={(row) => onOpen(row.group)}
      renderAction={({ group }) => (
        <InvalidateButton isCompact label={`Invalidate ${group} …`} onOpen={() => onInvalidate(group)} />
      )}
      minWidth="940px"
    />
  );
}

const byTotal = { id: "total", desc: true };
const nameOf = (row: { name: string }): string => row.name;
const sumTotals = (rows: readonly { totalMs: number }[]): number => rows.reduce((sum, { totalMs }) => sum + totalMs, 0);

const procedureColumns: readonly Column<ProcedureRow>[] = [
  {
    id: "refused",
    label: "Refused",
    title: "Answered with an error of the caller's making, such as NOT_FOUND",
    width: "72px",
    value: (row) => row.refused,
    cell: (row) => (
      <span className={row.refused === 0 ? "text-muted" : ""}>
        <Reading of={{ value: formatCount(row.refused), unit: "" }} />
      </span>
    ),
  },
];

/** One row per procedure of the API. */
export function ProceduresTable({ rows, onOpen }: { rows: ProcedureRow[]; onOpen: (name: string) => void }) {
  const ofMs = sumTotals(rows);
  const columns = useMemo(() => timingColumns("Procedure", ofMs, procedureColumns), [ofMs]);
  return (
    <DataTable
      name="procedures"
      caption="Procedures with their counts and times"
      rows={rows}
      columns={columns}
      fallbackSort={byTotal}
      keyOf={nameOf}
      onOpen={(row) => onOpen(row.name)}
      minWidth="920px"
    />
  );
}

const statementColumns: readonly Column<StatementRow>[] = [
  {
    id: "wait",
    label: "Wait p95",
    title: "Time waited for a connection: 95 of 100 waited less",
    width: "84px",
    value: (row) => row.waitP95Ms,
    cell: (row) => <Percentile ms={row.waitP95Ms} count={row.count} />,
  },
  {
    id: "rows",
    label: "Rows",
    title: "Rows that came back, all together",
    width: "76px",
    value: (row) => row.rows,
    cell: (row) => <Reading of={{ value: formatCount(row.rows), unit: "" }} />,
  },
];

/** One row per SQL statement. */
export function StatementsTable({ rows, onOpen }: { rows: StatementRow[]; onOpen: (name: string) => void }) {
  const ofMs = sumTotals(rows);
  const columns = useMemo(() => timingColumns("Statement", ofMs, statementColumns), [ofMs]);
  return (
    <DataTable
      name="statements"
      caption="SQL statements with their counts and times"
      rows={rows}
      columns={columns}
      fallbackSort={byTotal}
      keyOf={nameOf}
      onOpen={(row) => onOpen(row.name)}
      minWidth="1020px"
    />
  );
}

/** A percentile, faded where it rests on few samples. */
export function Percentile({ ms, count }: { ms: number | null; count: number }) {
  const isLow = count < minSamples;
  return (
    <span className={isLow ? "text-muted italic" : ""} title={isLow ? `From ${count} samples only` : undefined}>
      <Reading of={formatDuration(ms)} />
    </span>
  );
}

/** A total with its share of all totals as a bar. */
function TotalWithShare({ ms, ofMs }: { ms: number; ofMs: number }) {
  const share = ofMs === 0 ? 0 : ms / ofMs;
  return (
    <span className="flex items-center justify-end gap-2" title={`${readAloud(formatShare(share))} of all`}>
      <Reading of={formatDuration(ms)} />
      <span aria-hidden className="block h-2 w-14 shrink-0 bg-sunken group-hover:bg-line">
        <span className="block h-full bg-accent" style={{ width: `${share * 100}%` }} />
      </span>
      <span className="sr-only">{readAloud(formatShare(share))} of all</span>
    </span>
  );
}

type Timing = (row: TimingRow) => number | null;
const timings: readonly (readonly [id: string, label: string, title: string, Timing])[] = [
  ["mean", "Mean", "Mean time", (row) => row.meanMs],
  ["p50", "p50", "Half were quicker", (row) => row.p50Ms],
  ["p95", "p95", "95 of 100 were quicker", (row) => row.p95Ms],
  ["p99", "p99", "99 of 100 were quicker", (row) => row.p99Ms],
  ["max", "Max", "The slowest of all", (row) => row.maxMs],
];

/** The columns that procedures and statements share: counts, errors, times and the share of all time. */
function timingColumns<Row extends TimingRow>(
  nameLabel: string,
  ofMs: number,
  more: readonly Column<Row>[],
): Column<Row>[] {
  return [
    {
      id: "name",
      label: nameLabel,
      title: "By name",
      width: "auto",
      value: (row) => row.name,
      cell: (row) => row.name,
    },
    {
      id: "count",
      label: "Count",
      title: "How often in this range",
      width: "76px",
      value: (row) => row.count,
      cell: (row) => <Reading of={{ value: formatCount(row.count), unit: "" }} />,
    },
    {
      id: "errors",
      label: "Errors",
      title: "How many failed",
      width: "64px",
      value: (row) => row.errors,
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
      width: "82px",
      value: read,
      cell: (row) => <Percentile ms={read(row)} count={row.count} />,
    })),
    ...more,
    {
      id: "total",
      label: "Total",
      title: "All of its time together, and its share of everybody's",
      width: "150px",
      value: (row) => row.totalMs,
      cell: (row) => <TotalWithShare ms={row.totalMs} ofMs={ofMs} />,
    },
  ];
}
