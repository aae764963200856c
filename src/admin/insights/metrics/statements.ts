import type { StatementRow } from "../contract/overview";
import type { StatementCaller, StatementFigures } from "../contract/tables";
import type { SeriesOf, TelemetryTotals } from "@weir/telemetry";
import { iso } from "./period-answer";
import { perSecond, share, toTiming } from "./timing";

type Statement = SeriesOf["sql"];
type Seen = Pick<TelemetryTotals, "series" | "texts">;

const isoOrNull = (atMs: number | null): string | null => (atMs === null ? null : iso(atMs));

export function toStatementRow(name: string, series: Statement, text: string): StatementRow {
  return {
    ...toTiming(name, series.durations, series.errors),
    text,
    rows: series.rows,
    waitP95Ms: series.waits.quantile(0.95),
    waitTotalMs: series.waits.sumMs,
  };
}

function toCallers({ callers, durations }: Statement, calls: TelemetryTotals["series"]["rpc"]): StatementCaller[] {
  return callers.shares.map(({ procedure, count, sumMs }) => ({
    procedure,
    count,
    totalMs: sumMs,
    share: share(sumMs, durations.sumMs),
    perCall: share(count, calls.get(procedure)?.count ?? 0),
  }));
}

/** Runs of the callers whose calls are known ÷ calls of these. */
function perProcedureCall({ callers }: Statement, calls: TelemetryTotals["series"]["rpc"]): number | null {
  let runs = 0;
  let called = 0;
  for (const { procedure, count } of callers.shares) {
    const times = calls.get(procedure)?.count ?? 0;
    if (times === 0) continue;
    runs += count;
    called += times;
  }
  return share(runs, called);
}

/** One row with its whole text; `before` is left to who knows the period before. */
export function toStatement(
  name: string,
  one: Statement,
  seen: Seen,
  time: { coveredMs: number; allMs: number },
): Omit<StatementFigures, "before"> {
  const known = seen.texts.get(name);
  const row = toStatementRow(name, one, known?.text ?? "");
  return {
    ...row,
    perSecond: perSecond(row.count, time.coveredMs),
    totalShare: share(row.totalMs, time.allMs),
    rowsPerRun: share(row.rows, row.count),
    waitMeanMs: share(row.waitTotalMs, one.waits.count),
    perProcedureCall: perProcedureCall(one, seen.series.rpc),
    callers: toCallers(one, seen.series.rpc),
    firstSeenAt: isoOrNull(known?.firstSeenMs ?? null),
    lastSeenAt: isoOrNull(known?.lastSeenMs ?? null),
  };
}

const longestCut = 1_000;
/** A table of texts is for recognising them. */
export const cutText = (text: string): string => (text.length <= longestCut ? text : `${text.slice(0, longestCut)} …`);

/** The time of all statements. */
export function statementsMs(series: TelemetryTotals["series"]["sql"]): number {
  let sum = 0;
  for (const { durations } of series.values()) sum += durations.sumMs;
  return sum;
}

export function toStatements(seen: Seen, coveredMs: number): Omit<StatementFigures, "before">[] {
  const time = { coveredMs, allMs: statementsMs(seen.series.sql) };
  return [...seen.series.sql].map(([name, one]) => toStatement(name, one, seen, time));
}
