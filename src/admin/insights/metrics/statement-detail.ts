import type { InsightsStatement, StatementTrendPoint } from "../contract/series";
import type { SeriesOf, TelemetrySeries, TelemetryTotals } from "@weir/telemetry";
import { coveredMs, iso, reportedOf, toPeriod } from "./period-answer";
import { statementsMs, toStatement } from "./statements";
import { barsOf, spreadOf } from "./timing";

type Statement = SeriesOf["sql"];

function toPoint(series: Statement | null, atMs: number): NonNullable<StatementTrendPoint> {
  const at = iso(atMs);
  const nothing = { meanMs: null, p50Ms: null, p95Ms: null, p99Ms: null, waitP95Ms: null };
  if (series === null) return { at, count: 0, errors: 0, ...nothing };
  const { maxMs: _, ...spread } = spreadOf(series.durations);
  return { at, ...spread, errors: series.errors, waitP95Ms: series.waits.quantile(0.95) };
}

/** All that is known of one statement: over the range from `seen`, over time from `read`. Null when nothing is. */
export function toStatementDetail(
  name: string,
  seen: TelemetryTotals,
  read: Pick<TelemetrySeries, "fromMs" | "stepMs" | "reported"> & { buckets: readonly (Statement | null)[] },
): InsightsStatement | null {
  const one = seen.series.sql.get(name) ?? null;
  const text = seen.texts.get(name)?.text ?? null;
  if (one === null && text === null) return null;
  const reported = reportedOf(seen);
  const time = { coveredMs: coveredMs(seen, reported), allMs: statementsMs(seen.series.sql) };
  return {
    ...toPeriod(seen, reported),
    name,
    text,
    figures: one === null ? null : { ...toStatement(name, one, seen, time), before: null },
    histogram: one === null ? [] : barsOf(one.durations),
    waitHistogram: one === null ? [] : barsOf(one.waits),
    trend: read.reported.map((didReport, index) =>
      didReport ? toPoint(read.buckets[index] ?? null, read.fromMs + index * read.stepMs) : null,
    ),
  };
}
