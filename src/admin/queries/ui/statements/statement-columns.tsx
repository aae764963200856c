import type { InsightTable } from "@/admin/insights/contract/tables";
import {
  formatCount,
  formatDuration,
  formatFixed,
  formatRate,
  type Reading as ReadingValue,
} from "@/ui/format/numbers";
import { formatMoment } from "@/ui/format/moments";
import { When } from "@/ui/format/when";
import type { Column } from "@/ui/table/columns";
import { Change, ShareBar, Timing } from "../cells";
import type { StatementSortBy } from "./statements-question";

/** With its values in the previous period, where they were read. */
export type StatementRow = InsightTable<"statements">["rows"][number];
type StatementColumn = Column<StatementRow> & { id: StatementSortBy };

/** Names that the server makes of a text without a name of its own: `select 3f2a91c0`. */
const isUnnamed = (name: string): boolean => /^\S+ [\da-f]{8}$/.test(name);

/** `3.4`, `120`: rows and executions per something. */
export const formatRatio = (value: number): ReadingValue => ({
  value: formatFixed(value, value < 9.95 ? 1 : 0),
  unit: "",
});
const count = (value: number): ReadingValue => ({ value: formatCount(value), unit: "" });

type TimingKey = "meanMs" | "p50Ms" | "p95Ms" | "p99Ms";

const timing = (id: TimingKey, label: string, title: string, hasBefore: boolean): StatementColumn => ({
  id,
  label,
  title,
  width: hasBefore ? 106 : 74,
  value: (row) => row[id],
  format: formatDuration,
  cell: (row) => (
    <>
      <Timing ms={row[id]} count={row.count} />
      {hasBefore && (id === "meanMs" || id === "p95Ms") ? (
        <Change now={row[id]} before={row.before === null ? null : row.before[id]} />
      ) : null}
    </>
  ),
});

/** The columns of the statements; with the change since the previous period where it was read. */
export const statementColumns = (hasBefore: boolean): readonly StatementColumn[] => [
  {
    id: "name",
    label: "Statement",
    title: "Name, as in the code",
    width: 176,
    value: (row) => row.name,
    cell: (row) =>
      isUnnamed(row.name) && row.text !== "" ? (
        <>
          <span>{row.name}</span>
          <span className="ml-2 text-muted">{row.text}</span>
        </>
      ) : (
        row.name
      ),
  },
  {
    id: "perSecond",
    label: "Calls/s",
    title: "Executions per second",
    width: hasBefore ? 102 : 70,
    value: (row) => row.perSecond,
    format: formatRate,
    ...(hasBefore
      ? {
          cell: (row) => (
            <>
              <Timing ms={row.perSecond} count={row.count} format={formatRate} />
              <Change now={row.perSecond} before={row.before?.perSecond ?? null} isNeutral />
            </>
          ),
        }
      : {}),
    isWideOnly: true,
  },
  {
    id: "count",
    label: "Calls",
    title: "Executions in this range",
    width: 80,
    value: (row) => row.count,
    format: count,
    isOptional: true,
  },
  { ...timing("meanMs", "Mean", "Mean duration, without the wait for a connection", hasBefore), isWideOnly: true },
  { ...timing("p50Ms", "p50", "Median", false), isWideOnly: true },
  timing("p95Ms", "p95", "95th percentile", hasBefore),
  { ...timing("p99Ms", "p99", "99th percentile", false), isWideOnly: true },
  {
    id: "maxMs",
    label: "Max",
    title: "Longest execution",
    width: 74,
    value: (row) => row.maxMs,
    format: formatDuration,
    isWideOnly: true,
  },
  {
    id: "totalMs",
    label: "Total time",
    title: "Total time in this range, and the share of the time of all statements",
    width: 128,
    value: (row) => row.totalMs,
    format: formatDuration,
    cell: (row) => <ShareBar share={row.totalShare} of={formatDuration(row.totalMs)} />,
  },
  {
    id: "rowsPerRun",
    label: "Rows",
    title: "Rows per execution",
    width: 58,
    value: (row) => row.rowsPerRun,
    format: formatRatio,
    isWideOnly: true,
  },
  {
    id: "waitP95Ms",
    label: "Wait p95",
    title: "Wait for a connection from the pool, 95th percentile",
    width: 72,
    value: (row) => row.waitP95Ms,
    format: formatDuration,
    cell: (row) => <Timing ms={row.waitP95Ms} count={row.count} />,
    isWideOnly: true,
  },
  {
    id: "perProcedureCall",
    label: "Per call",
    title: "Executions per call of the procedures that run it: many are an N+1",
    width: 66,
    value: (row) => row.perProcedureCall,
    format: formatRatio,
    isWideOnly: true,
  },
  {
    id: "callers",
    label: "Caller",
    title: "The procedure with the most of its time, and how many others run it",
    width: 124,
    value: (row) => row.callers[0]?.procedure ?? null,
    cell: ({ callers: [first, ...others] }) =>
      first === undefined ? (
        "–"
      ) : (
        <>
          <span className="font-mono text-[12.5px]">{first.procedure}</span>
          {others.length === 0 ? null : <span className="ml-1.5 text-muted">{`+${others.length}`}</span>}
        </>
      ),
    align: "left",
    isWideOnly: true,
  },
  {
    id: "errors",
    label: "Errors",
    title: "Failed executions",
    width: 66,
    value: (row) => row.errors,
    format: count,
    isOptional: true,
  },
  {
    id: "waitTotalMs",
    label: "Total wait",
    title: "Total wait for a connection",
    width: 84,
    value: (row) => row.waitTotalMs,
    format: formatDuration,
    isOptional: true,
  },
  {
    id: "rows",
    label: "All rows",
    title: "Rows in this range",
    width: 84,
    value: (row) => row.rows,
    format: count,
    isOptional: true,
  },
  ...(["firstSeenAt", "lastSeenAt"] as const).map((id): StatementColumn => ({
    id,
    label: id === "firstSeenAt" ? "First seen" : "Last seen",
    title: `${id === "firstSeenAt" ? "First" : "Last"} execution in all recorded history`,
    width: 96,
    value: (row) => (row[id] === null ? null : formatMoment(row[id])),
    cell: (row) => (row[id] === null ? "–" : <When at={row[id]} />),
    isOptional: true,
  })),
];
