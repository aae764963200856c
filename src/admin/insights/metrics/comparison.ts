import type { HeadlineFigures, InsightsComparison } from "../contract/overview";
import type { PeriodBefore, RowBefore } from "../contract/tables";
import type { Histogram } from "@weir/core/sketches/histogram";
import type { ReadRange, TelemetryTotals } from "@weir/telemetry";
import { toDeltas, toHeadline } from "./headline";
import { coveredMs, iso, reportedOf, toCoverage } from "./period-answer";
import { perSecond, spreadOf } from "./timing";

/** The period before as answers name it. */
export function toPeriodBefore(read: ReadRange, reported: readonly boolean[]): NonNullable<PeriodBefore> {
  return { from: iso(read.fromMs), to: iso(read.toMs), coverage: toCoverage(read, reported) };
}

/** The figures of the period before, and what changed since. */
export function toComparison(now: HeadlineFigures, before: TelemetryTotals): InsightsComparison {
  const reported = reportedOf(before);
  const figures = toHeadline(before, coveredMs(before, reported));
  return { ...toPeriodBefore(before, reported), stepMs: before.stepMs, figures, deltas: toDeltas(now, figures) };
}

/** How rows of one kind did in the period before, by name. */
export function rowsBefore(
  before: TelemetryTotals | null,
  durationsOf: (name: string, seen: TelemetryTotals) => Histogram | null,
): (name: string) => RowBefore {
  if (before === null) return () => null;
  const covered = coveredMs(before, reportedOf(before));
  return (name) => {
    const durations = durationsOf(name, before);
    if (durations === null) return null;
    const { count, meanMs, p95Ms } = spreadOf(durations);
    return { count, perSecond: perSecond(count, covered), meanMs, p95Ms };
  };
}
