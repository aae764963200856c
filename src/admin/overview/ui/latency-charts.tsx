"use client";

import { type ChartedSeries } from "@/admin/insights/ui/series-source";
import { SeriesChart } from "@/admin/insights/ui/series-chart";

const quiet = { colorVariable: "--series-3", pattern: "solid" } as const;
const main = { colorVariable: "--series-1", pattern: "solid" } as const;
const strong = { colorVariable: "--series-2", pattern: "solid" } as const;

const percentilesOf = (kind: "rpc" | "sql"): ChartedSeries[] => [
  { wanted: { kind, name: "*", field: "p50Ms" }, label: "p50", meaning: "Median", look: quiet },
  { wanted: { kind, name: "*", field: "p95Ms" }, label: "p95", meaning: "95th percentile", look: main },
  { wanted: { kind, name: "*", field: "p99Ms" }, label: "p99", meaning: "99th percentile", look: strong },
];

const ofQueries = percentilesOf("sql");
const ofRequests = percentilesOf("rpc");

/** How long requests and their queries take, over all procedures and statements. */
export function LatencyCharts() {
  return (
    <div className="grid gap-x-10 gap-y-9 xl:grid-cols-2">
      <SeriesChart
        title="Query latency"
        caption="all statements"
        series={ofQueries}
        samples={{ kind: "sql", name: "*", field: "count" }}
        height={200}
      />
      <SeriesChart
        title="Request latency"
        caption="all procedures"
        series={ofRequests}
        samples={{ kind: "rpc", name: "*", field: "count" }}
        height={200}
      />
    </div>
  );
}
