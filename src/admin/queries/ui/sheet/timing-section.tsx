"use client";

import { type ReactNode, useMemo } from "react";
import { useView } from "@/admin/frame/view/use-view";
import type { InsightsStatement } from "@/admin/insights/contract/series";
import type { StatementMetrics } from "@/admin/insights/contract/tables";
import { SeriesChart } from "@/admin/insights/ui/series-chart";
import { ChartGroup } from "@/ui/charts/chart-group";
import { EmptyState } from "@/ui/feedback/empty-state";
import {
  formatCount,
  formatDuration,
  formatRate,
  formatShare,
  type Reading as ReadingValue,
} from "@/ui/format/numbers";
import { Reading } from "@/ui/format/reading";
import { When } from "@/ui/format/when";
import { Timing } from "../cells";
import { callsOf, latencyOf } from "../query-charts";
import { formatRatio } from "../statements/statement-columns";
import { Callers } from "./callers";
import { Histogram } from "./histogram";

const orDash = (value: number | null, format: (value: number) => ReadingValue): ReadingValue =>
  value === null ? { value: "–", unit: "" } : format(value);

function factsOf(row: StatementMetrics): (readonly [label: string, value: ReactNode])[] {
  const timing = (ms: number | null) => <Timing ms={ms} count={row.count} />;
  return [
    ["Calls", <Reading key="calls" of={{ value: formatCount(row.count), unit: "" }} />],
    ["Calls per second", <Reading key="rate" of={formatRate(row.perSecond)} />],
    ["Mean", timing(row.meanMs)],
    ["p50", timing(row.p50Ms)],
    ["p95", timing(row.p95Ms)],
    ["p99", timing(row.p99Ms)],
    ["Max", <Reading key="max" of={formatDuration(row.maxMs)} />],
    ["Total time", <Reading key="total" of={formatDuration(row.totalMs)} />],
    ["Share of all", <Reading key="share" of={formatShare(row.totalShare)} />],
    ["Errors", <Reading key="errors" of={{ value: formatCount(row.errors), unit: "" }} />],
    ["Rows per call", <Reading key="rows" of={orDash(row.rowsPerRun, formatRatio)} />],
    ["Connection wait p95", timing(row.waitP95Ms)],
    ["Total wait", <Reading key="wait" of={formatDuration(row.waitTotalMs)} />],
    ["Per procedure call", <Reading key="per" of={orDash(row.perProcedureCall, formatRatio)} />],
    ["First seen", row.firstSeenAt === null ? "–" : <When key="first" at={row.firstSeenAt} />],
    ["Last seen", row.lastSeenAt === null ? "–" : <When key="last" at={row.lastSeenAt} />],
  ];
}

/** When and how long a statement ran, and for which procedures. */
export function TimingSection({ statement }: { statement: InsightsStatement }) {
  const { name, figures, histogram, waitHistogram } = statement;
  const view = useView();
  const latency = useMemo(() => latencyOf(name), [name]);
  const calls = useMemo(() => callsOf(name), [name]);
  if (figures === null) {
    return (
      <EmptyState title="The statement did not run in this range.">
        Choose a longer range. Its plan and the advice for it do not depend on the range.
      </EmptyState>
    );
  }
  return (
    <div className="space-y-7">
      <dl className="grid grid-cols-2 gap-x-6 sm:grid-cols-4">
        {factsOf(figures).map(([label, value]) => (
          <div key={label} className="border-t border-line py-1.5">
            <dt className="caption">{label}</dt>
            <dd>{value}</dd>
          </div>
        ))}
      </dl>
      <section>
        <h3 className="mb-1 font-semibold">Callers</h3>
        <Callers callers={figures.callers} />
      </section>
      <ChartGroup onZoom={view.zoomTo}>
        <div className="space-y-7">
          <SeriesChart
            title="Latency"
            series={latency}
            samples={{ kind: "sql", name, field: "count" }}
            headingAs="h3"
            height={150}
          />
          <SeriesChart title="Calls" series={calls} headingAs="h3" height={90} />
        </div>
      </ChartGroup>
      <Histogram
        title="Durations"
        bars={histogram}
        marks={[
          { label: "p50", ms: figures.p50Ms },
          { label: "p95", ms: figures.p95Ms },
          { label: "p99", ms: figures.p99Ms },
        ]}
      />
      {figures.waitTotalMs === 0 ? null : (
        <Histogram
          title="Waits for a connection"
          bars={waitHistogram}
          marks={[{ label: "p95", ms: figures.waitP95Ms }]}
        />
      )}
    </div>
  );
}
