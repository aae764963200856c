"use client";

import { useMemo } from "react";
import type { ProcedureRow, StatementRow } from "@/admin/insights/contract/overview";
import { formatCount } from "@/ui/format/numbers";
import { Reading } from "@/ui/format/reading";
import type { Column } from "./column";
import { DataTable } from "./data-table";
import { Percentile, timingColumns } from "./timing-columns";

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
