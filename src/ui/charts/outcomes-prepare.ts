import { countReads, type OutcomeCounts, outcomeNames } from "@weir/core/outcomes";
import { formatCount, formatShare, readAloud } from "../format/numbers";
import { outcomeLooks } from "./outcomes";

/** With fewer samples than this a value is faded, since chance has too large a part in it. */
export const minSamples = 20;

/** What the chart is drawn from; the overview of the dashboard has this shape. */
export type OutcomesSource = {
  /** ISO 8601. */
  from: string;
  stepMs: number;
  /** Null for a custom range. */
  range: string | null;
  /** Oldest first; null where no node reported. The last one is still filling. */
  buckets: readonly ({ at: string; outcomes: OutcomeCounts } | null)[];
  cache: { reads: number; outcomes: OutcomeCounts; hitRatio: number | null };
  /** Manual invalidations, oldest first; null when they could not be read. */
  marks: readonly Invalidation[] | null;
};
type Invalidation = { id: string; at: string; mode: "purge" | "expire"; target: string; by: string };

export type ChartMarker = {
  id: string;
  /** Seconds since 1970. */
  at: number;
  /** The bucket that contains it. */
  index: number;
  /** Shown above the line. */
  label: string;
  /** The full description, without the time. */
  sentence: string;
};

export type PreparedOutcomes = {
  /** The middle of each bucket, in seconds since 1970. */
  times: number[];
  stepSeconds: number;
  /** Start of the first and end of the last bucket, in seconds since 1970. */
  span: { from: number; to: number };
  /** For each outcome: its reads plus all those below it in the stack. Null where no node reported. */
  stacks: (number | null)[][];
  /** Periods in which no node reported, in seconds since 1970. */
  gaps: { from: number; to: number }[];
  /** Oldest first; null where no node reported. */
  buckets: ({ at: string; outcomes: OutcomeCounts; reads: number; isFilling: boolean } | null)[];
  /** Manual invalidations, oldest first. */
  markers: ChartMarker[];
  isLowSample: boolean;
  /** The chart in one sentence. */
  summary: string;
};

/** The range within a sentence: `in the last 5 minutes` for `5m`; null is a custom range. */
export function inRange(range: string | null): string {
  if (range === null) return "in this range";
  const amount = Number.parseInt(range, 10);
  const unit = range.endsWith("d") ? "day" : range.endsWith("h") ? "hour" : "minute";
  return amount === 1 ? `in the last ${unit}` : `in the last ${amount} ${unit}s`;
}

function describe({ mode, target, by }: Invalidation): Pick<ChartMarker, "label" | "sentence"> {
  return { label: `${mode} ${target}`, sentence: `${mode === "purge" ? "Purge" : "Expiry"} of ${target} by ${by}` };
}

/** Invalidations outside the span are left out. */
function placeMarkers(
  marks: readonly Invalidation[],
  span: PreparedOutcomes["span"],
  stepSeconds: number,
): ChartMarker[] {
  return marks.flatMap((mark) => {
    const at = Date.parse(mark.at) / 1000;
    if (at < span.from || at >= span.to) return [];
    return [{ id: mark.id, at, index: Math.floor((at - span.from) / stepSeconds), ...describe(mark) }];
  });
}

function summarise(
  { cache, range }: Pick<OutcomesSource, "cache" | "range">,
  hasGaps: boolean,
  markers: readonly ChartMarker[],
): string {
  const { reads, outcomes, hitRatio } = cache;
  const invalidations =
    markers.length === 0 ? "" : ` ${markers.length} ${markers.length === 1 ? "invalidation" : "invalidations"}.`;
  if (reads === 0) return `No cache reads ${inRange(range)}.${invalidations}`;
  const parts = outcomeLooks
    .filter(({ name }) => outcomes[name] > 0)
    .map(({ name, label }) => `${label} ${formatCount(outcomes[name])}`);
  const ratio = hitRatio === null ? "" : ` Hit rate ${readAloud(formatShare(hitRatio))}.`;
  const gaps = hasGaps ? " No node reported for part of the time." : "";
  return `${formatCount(reads)} cache reads ${inRange(range)}: ${parts.join(", ")}.${ratio}${invalidations}${gaps}`;
}

/** Prepares the chart of outcomes over time. A missing bucket is a gap, never a zero. */
export function prepareOutcomes(source: OutcomesSource): PreparedOutcomes {
  const stepSeconds = source.stepMs / 1000;
  const from = Date.parse(source.from) / 1000;
  const { buckets } = source;
  const last = buckets.length - 1;
  const gaps: PreparedOutcomes["gaps"] = [];
  for (const [index, bucket] of buckets.entries()) {
    if (bucket !== null) continue;
    const start = from + index * stepSeconds;
    const before = gaps.at(-1);
    if (before !== undefined && before.to === start) before.to = start + stepSeconds;
    else gaps.push({ from: start, to: start + stepSeconds });
  }
  const span = { from, to: from + buckets.length * stepSeconds };
  const markers = placeMarkers(source.marks ?? [], span, stepSeconds);
  return {
    times: buckets.map((_, index) => from + (index + 0.5) * stepSeconds),
    stepSeconds,
    span,
    stacks: outcomeNames.map((_, level) =>
      buckets.map((bucket) =>
        bucket === null ? null : outcomeNames.slice(0, level + 1).reduce((sum, name) => sum + bucket.outcomes[name], 0),
      ),
    ),
    gaps,
    buckets: buckets.map((bucket, index) =>
      bucket === null
        ? null
        : { at: bucket.at, outcomes: bucket.outcomes, reads: countReads(bucket.outcomes), isFilling: index === last },
    ),
    markers,
    isLowSample: source.cache.reads > 0 && source.cache.reads < minSamples,
    summary: summarise(source, gaps.length > 0, markers),
  };
}
