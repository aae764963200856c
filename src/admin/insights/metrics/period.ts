import {
  type InsightCoverage,
  type InsightFilter,
  type InsightPeriod,
  insightRanges,
  maxBuckets,
} from "../contract/range";
import { PlatformError } from "@/server/errors";
import type { ReadRange, TelemetryTotals } from "@weir/telemetry";

/** The period of a request, in whole buckets. */
export type Period = {
  /** Start of the first bucket, in ms since 1970. */
  fromMs: number;
  /** End of the last bucket; null while it is still filling, because the period ends now. */
  toMs: number | null;
  stepMs: number;
  /** Number of buckets. */
  length: number;
};

/** Retention of the two finest slot widths; hours are kept longer than the longest range. */
export type Retention = { fineMs: number; minutesMs: number };

const minuteMs = 60_000;
const hourMs = 60 * minuteMs;
const dayMs = 24 * hourMs;
export const usualRetention: Retention = { fineMs: 15 * minuteMs, minutesMs: 7 * dayMs };

/** Bucket widths, each a multiple of the previous one, and the longest period they are used for. */
const steps = [
  { stepMs: 5_000, maxRangeMs: 15 * minuteMs },
  { stepMs: minuteMs, maxRangeMs: maxBuckets * minuteMs },
  { stepMs: 5 * minuteMs, maxRangeMs: maxBuckets * 5 * minuteMs },
  { stepMs: 15 * minuteMs, maxRangeMs: 2 * dayMs },
  { stepMs: hourMs, maxRangeMs: maxBuckets * hourMs },
  { stepMs: 2 * hourMs, maxRangeMs: maxBuckets * 2 * hourMs },
  { stepMs: 6 * hourMs, maxRangeMs: Infinity },
] as const;

const floorTo = (stepMs: number, atMs: number): number => Math.floor(atMs / stepMs) * stepMs;
const ceilTo = (stepMs: number, atMs: number): number => Math.ceil(atMs / stepMs) * stepMs;

/**
 * The finest width that needs at most 400 buckets, is still stored for the whole period, and is not too expensive to
 * read: 5 s for up to 15 minutes that are recent, then 1, 5 and 15 minutes (two days), then 1, 2 and 6 hours.
 */
function stepOf(fromMs: number, toMs: number, nowMs: number, retention: Retention): number {
  const fits = ({ stepMs, maxRangeMs }: (typeof steps)[number]): boolean => {
    const begin = floorTo(stepMs, fromMs);
    const keptMs = stepMs < minuteMs ? retention.fineMs : stepMs < hourMs ? retention.minutesMs : Infinity;
    const buckets = (ceilTo(stepMs, toMs) - begin) / stepMs;
    return toMs - fromMs <= maxRangeMs && buckets <= maxBuckets && nowMs - begin <= keptMs + stepMs;
  };
  return (steps.find(fits) ?? steps[steps.length - 1] ?? steps[0]).stepMs;
}

/**
 * Resolves a range at `nowMs` to whole buckets, at most 400.
 * @throws WeirError RANGE_IN_FUTURE when it has not started
 */
export function planPeriod(
  range: InsightFilter["range"],
  nowMs: number,
  retention: Retention = usualRetention,
): Period {
  if (typeof range === "string") {
    const { rangeMs, stepMs } = insightRanges[range];
    const length = rangeMs / stepMs;
    return { fromMs: floorTo(stepMs, nowMs) - (length - 1) * stepMs, toMs: null, stepMs, length };
  }
  const begin = Date.parse(range.from);
  const end = Math.min(Date.parse(range.to), nowMs);
  if (begin >= nowMs) throw new PlatformError("RANGE_IN_FUTURE");
  const stepMs = stepOf(begin, end, nowMs, retention);
  const fromMs = floorTo(stepMs, begin);
  const toMs = Math.max(fromMs + stepMs, ceilTo(stepMs, end));
  return { fromMs, toMs: toMs > nowMs ? null : toMs, stepMs, length: (toMs - fromMs) / stepMs };
}

/** The previous period of the same length. Its buckets are wider where fine slots have expired. */
export function periodBefore(
  { fromMs, stepMs, length }: Period,
  nowMs: number,
  retention: Retention = usualRetention,
): Period & { toMs: number } {
  const lengthMs = length * stepMs;
  const width = Math.max(stepMs, stepOf(fromMs - lengthMs, fromMs, nowMs, retention));
  const toMs = floorTo(width, fromMs);
  const begin = floorTo(width, toMs - lengthMs);
  return { fromMs: begin, toMs, stepMs: width, length: (toMs - begin) / width };
}

export const iso = (atMs: number): string => new Date(atMs).toISOString();

export const reportedOf = ({ slots }: Pick<TelemetryTotals, "slots">): boolean[] => slots.map((slot) => slot !== null);

/** Total time of the buckets in which a node reported; for the last one, the time elapsed so far. */
export function coveredMs({ asOfMs, fromMs, stepMs }: ReadRange, reported: readonly boolean[]): number {
  let sum = 0;
  for (const [index, didReport] of reported.entries()) {
    if (!didReport) continue;
    const beginMs = fromMs + index * stepMs;
    sum += Math.max(0, Math.min(stepMs, asOfMs - beginMs));
  }
  return sum;
}

export function toCoverage(read: ReadRange, reported: readonly boolean[]): InsightCoverage {
  return {
    coveredMs: coveredMs(read, reported),
    missing: read.coverage.missing.map(({ fromMs, toMs, why }) => ({ from: iso(fromMs), to: iso(toMs), why })),
  };
}

export function toPeriod(read: ReadRange, reported: readonly boolean[]): InsightPeriod {
  const { asOfMs, fromMs, toMs, stepMs } = read;
  return {
    asOf: iso(asOfMs),
    from: iso(fromMs),
    to: iso(Math.min(toMs, asOfMs)),
    stepMs,
    coverage: toCoverage(read, reported),
  };
}
