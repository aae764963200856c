import type { ProcedureRow } from "../contract/overview";
import type { ProcedureFigures } from "../contract/tables";
import type { Histogram } from "@weir/core/sketches/histogram";
import type { SeriesOf } from "@weir/telemetry";
import { mergedHistogram, perSecond, share, toTiming } from "./timing";

type Rpc = SeriesOf["rpc"];

/** All calls, failed ones included. */
export function callDurations({ ok, failed }: Rpc): Histogram {
  return mergedHistogram([ok, failed]);
}

export function toProcedureRow(name: string, series: Rpc): ProcedureRow {
  const { failed, faults } = series;
  return { ...toTiming(name, callDurations(series), faults), refused: failed.count - faults };
}

/** `before` is left to who knows the period before. */
export function toProcedures(series: ReadonlyMap<string, Rpc>, coveredMs: number): Omit<ProcedureFigures, "before">[] {
  const rows = [...series].map(([name, one]) => ({ one, row: toProcedureRow(name, one) }));
  const allMs = rows.reduce((sum, { row }) => sum + row.totalMs, 0);
  return rows.map(({ one, row }) => {
    const perCall = (sum: number): number | null => share(sum, row.count);
    return {
      ...row,
      perSecond: perSecond(row.count, coveredMs),
      totalShare: share(row.totalMs, allMs),
      errorRatio: share(row.errors, row.count),
      errorCodes: [...one.errorCodes].map(([code, count]) => ({ code, count })).toSorted((a, b) => b.count - a.count),
      // Calls that were answered from finished bytes sent none.
      statementsPerCall: perCall(one.statements.sum),
      cacheReadsPerCall: one.cacheReads.mean,
      poolWaitPerCallMs: perCall(one.poolWaitNs / 1e6),
      sqlPerCallMs: perCall(one.sqlNs / 1e6),
      bytesPerCall: one.bytes.mean,
      bytes: one.bytes.sum,
      inFlightMean: share(row.totalMs, coveredMs),
      inFlightPeak: one.inFlightPeak,
    };
  });
}
