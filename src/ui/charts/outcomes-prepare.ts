import {
  type InsightMark,
  type InsightsOverview,
  type OutcomeCounts,
  outcomeNames,
} from "@/admin/insights/contract/overview";
import { formatCount, formatShare, readAloud } from "../figures";
import { outcomeLooks } from "../outcomes";
import { inRange } from "../range-words";

/** Below this many samples a figure is shown faded: chance has too large a part in it. */
export const lowSampleLimit = 20;

export type ChartMark = {
  id: string;
  /** Seconds since 1970. */
  at: number;
  /** The bucket that holds it. */
  index: number;
  /** Stands above its line. */
  label: string;
  /** All of it, without the time. */
  sentence: string;
};

export type OutcomesChart = {
  /** Middle of each bucket, in seconds since 1970. */
  times: number[];
  stepSeconds: number;
  /** Begin of the first and end of the last bucket, in seconds since 1970. */
  span: { from: number; to: number };
  /** Per outcome, in their one order: its reads and all those below it in the stack. Null where no node reported. */
  stacks: (number | null)[][];
  /** Stretches in which no node reported, in seconds since 1970. */
  gaps: { from: number; to: number }[];
  /** Oldest first; null where no node reported. */
  buckets: ({ at: string; outcomes: OutcomeCounts; reads: number; isFilling: boolean } | null)[];
  /** Invalidations that somebody asked for, oldest first. */
  marks: ChartMark[];
  isLowSample: boolean;
  /** The chart in one sentence. */
  summary: string;
};

/** All reads of one count, whatever became of them. */
export function sumOutcomes(outcomes: OutcomeCounts): number {
  return outcomeNames.reduce((sum, name) => sum + outcomes[name], 0);
}

function inWords({ mode, target, by }: InsightMark): Pick<ChartMark, "label" | "sentence"> {
  return { label: `${mode} ${target}`, sentence: `${mode === "purge" ? "Purge" : "Expiry"} of ${target} by ${by}` };
}

/** Marks outside the span belong to no bucket and are left out. */
function placeMarks(marks: readonly InsightMark[], span: OutcomesChart["span"], stepSeconds: number): ChartMark[] {
  return marks.flatMap((mark) => {
    const at = Date.parse(mark.at) / 1000;
    if (at < span.from || at >= span.to) return [];
    return [{ id: mark.id, at, index: Math.floor((at - span.from) / stepSeconds), ...inWords(mark) }];
  });
}

function summarise(
  overview: Pick<InsightsOverview, "cache" | "range">,
  hasGaps: boolean,
  marks: readonly ChartMark[],
): string {
  const { reads, outcomes, hitRatio } = overview.cache;
  const acts = marks.length === 0 ? "" : ` ${marks.length} ${marks.length === 1 ? "invalidation" : "invalidations"}.`;
  if (reads === 0) return `No cache reads ${inRange(overview.range)}.${acts}`;
  const parts = outcomeLooks
    .filter(({ name }) => outcomes[name] > 0)
    .map(({ name, label }) => `${label} ${formatCount(outcomes[name])}`);
  const ratio = hitRatio === null ? "" : ` Hit rate ${readAloud(formatShare(hitRatio))}.`;
  const gaps = hasGaps ? " For a part of the time no node reported." : "";
  return `${formatCount(reads)} cache reads ${inRange(overview.range)}: ${parts.join(", ")}.${ratio}${acts}${gaps}`;
}

/** Decides all that the chart of outcomes over time shows. A missing bucket is a gap, never a zero. */
export function prepareOutcomes(
  overview: Pick<InsightsOverview, "from" | "stepMs" | "buckets" | "cache" | "range" | "marks">,
): OutcomesChart {
  const stepSeconds = overview.stepMs / 1000;
  const from = Date.parse(overview.from) / 1000;
  const { buckets } = overview;
  const last = buckets.length - 1;
  const gaps: OutcomesChart["gaps"] = [];
  for (const [index, bucket] of buckets.entries()) {
    if (bucket !== null) continue;
    const begin = from + index * stepSeconds;
    const before = gaps.at(-1);
    if (before !== undefined && before.to === begin) before.to = begin + stepSeconds;
    else gaps.push({ from: begin, to: begin + stepSeconds });
  }
  const span = { from, to: from + buckets.length * stepSeconds };
  const marks = placeMarks(overview.marks ?? [], span, stepSeconds);
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
        : { at: bucket.at, outcomes: bucket.outcomes, reads: sumOutcomes(bucket.outcomes), isFilling: index === last },
    ),
    marks,
    isLowSample: overview.cache.reads > 0 && overview.cache.reads < lowSampleLimit,
    summary: summarise(overview, gaps.length > 0, marks),
  };
}
