"use client";

import { useMemo } from "react";
import type { InsightsOverview } from "@/admin/insights/contract/overview";
import { toMarkers } from "@/admin/insights/ui/series-source";
import { countReads } from "@weir/core/outcomes";
import type { StackSource } from "@/ui/charts/chart-source";
import { outcomeLooks } from "@/ui/charts/outcomes";
import { TimeSeriesChart } from "@/ui/charts/time-series-chart";
import { formatShare, readAloud } from "@/ui/format/numbers";

const title = "Cache reads";

/** The outcomes of all cache reads as a stack. */
function toOutcomesSource({ from, to, stepMs, buckets, cache, marks }: InsightsOverview): StackSource {
  return {
    shape: "stack",
    title,
    from,
    to,
    stepMs,
    unit: "count",
    totalLabel: "reads",
    series: outcomeLooks.map(({ name, label, meaning, colorVariable, pattern }) => ({
      id: name,
      label,
      meaning,
      look: { colorVariable, pattern },
      values: buckets.map((bucket) => bucket?.outcomes[name] ?? null),
      overall: cache.outcomes[name],
    })),
    samples: buckets.map((bucket) => (bucket === null ? null : countReads(bucket.outcomes))),
    markers: toMarkers(marks),
    facts: cache.hitRatio === null ? [] : [`Hit rate ${readAloud(formatShare(cache.hitRatio))}.`],
  };
}

const stepWords = (stepMs: number): string => (stepMs >= 60_000 ? `${stepMs / 60_000} min` : `${stepMs / 1000} s`);

type Props = { overview: InsightsOverview; asTable: boolean; onAsTable: (asTable: boolean) => void };

/** The outcomes of all cache reads over time. */
export function OutcomesPanel({ overview, asTable, onAsTable }: Props) {
  const source = useMemo(() => toOutcomesSource(overview), [overview]);
  return (
    <div id="outcomes">
      <TimeSeriesChart
        title={title}
        caption={`per ${stepWords(overview.stepMs)}, by outcome`}
        source={source}
        view={{ asTable, onAsTable }}
        showsMarkers
      />
    </div>
  );
}
