"use client";

import { X } from "lucide-react";
import { parseAsStringLiteral, useQueryState } from "nuqs";
import { useMemo } from "react";
import type { ChartedSeries } from "@/admin/insights/ui/series-source";
import { SeriesChart } from "@/admin/insights/ui/series-chart";
import { Segments } from "@/ui/controls/choice";

const quiet = { colorVariable: "--series-3", pattern: "solid" } as const;
const main = { colorVariable: "--series-1", pattern: "solid" } as const;
const strong = { colorVariable: "--series-2", pattern: "solid" } as const;

/** The latency of a statement, or of all of them for `*`. */
export const latencyOf = (name: string): ChartedSeries[] => [
  { wanted: { kind: "sql", name, field: "p50Ms" }, label: "p50", meaning: "Median", look: quiet },
  { wanted: { kind: "sql", name, field: "p95Ms" }, label: "p95", meaning: "95th percentile", look: main },
  { wanted: { kind: "sql", name, field: "p99Ms" }, label: "p99", meaning: "99th percentile", look: strong },
];

export const callsOf = (name: string): ChartedSeries[] => [
  { wanted: { kind: "sql", name, field: "perSecond" }, label: "calls", meaning: "Executions per second", look: main },
];

const poolWait: ChartedSeries[] = [
  { wanted: { kind: "pool", name: "database", field: "waitP50Ms" }, label: "p50", meaning: "Median", look: quiet },
  {
    wanted: { kind: "pool", name: "database", field: "waitP95Ms" },
    label: "p95",
    meaning: "95th percentile",
    look: main,
  },
  {
    wanted: { kind: "pool", name: "database", field: "waitP99Ms" },
    label: "p99",
    meaning: "99th percentile",
    look: strong,
  },
];
const poolUse: ChartedSeries[] = [
  {
    wanted: { kind: "pool", name: "database", field: "inUseMean" },
    label: "in use",
    meaning: "Connections in use, the average over time, all nodes together",
    look: main,
  },
  {
    wanted: { kind: "pool", name: "database", field: "inUsePeak" },
    label: "peak",
    meaning: "The most connections in use at once on one node",
    look: quiet,
  },
  {
    wanted: { kind: "pool", name: "database", field: "queuedMean" },
    label: "queued",
    meaning: "Queries that wait for a connection, the average over time",
    look: { colorVariable: "--series-4", pattern: "solid" },
  },
];

const latencyShapes = ["lines", "heat"] as const;
const shapeOptions = [
  { value: "lines", label: "Percentiles" },
  { value: "heat", label: "Heat map" },
] as const;

type Props = {
  /** Null for all statements. */
  charted: string | null;
  onCharted: (name: string | null) => void;
};

/** Latency and calls of all statements or one, and how the pool of connections copes. */
export function QueryCharts({ charted, onCharted }: Props) {
  const [shape, setShape] = useQueryState("latency", parseAsStringLiteral(latencyShapes).withDefault("lines"));
  const name = charted ?? "*";
  const latency = useMemo(() => latencyOf(name), [name]);
  const calls = useMemo(() => callsOf(name), [name]);
  const caption =
    charted === null ? (
      "all statements"
    ) : (
      <button
        type="button"
        className="inline-flex max-w-64 items-center gap-1 text-accent hover:underline"
        title="Show all statements"
        onClick={() => onCharted(null)}
      >
        <span className="truncate font-mono">{charted}</span>
        <X aria-hidden size={12} className="shrink-0" />
        <span className="sr-only">Show all statements</span>
      </button>
    );
  return (
    <div className="grid gap-x-10 gap-y-7 md:grid-cols-2">
      <SeriesChart
        key={shape}
        title="Query latency"
        caption={caption}
        series={latency}
        samples={{ kind: "sql", name, field: "count" }}
        heatMap={shape === "heat" ? { kind: "sql", name } : null}
        height={130}
        actions={
          <Segments
            className="[&>button]:flex-auto"
            legend="Query latency as"
            options={shapeOptions}
            chosen={shape}
            onChoose={(value) => void setShape(value)}
          />
        }
      />
      <SeriesChart title="Calls" caption={caption} series={calls} height={130} />
      <SeriesChart title="Wait for a connection" caption="all statements" series={poolWait} height={130} />
      <SeriesChart title="Connections" caption="all nodes" series={poolUse} height={130} />
    </div>
  );
}
