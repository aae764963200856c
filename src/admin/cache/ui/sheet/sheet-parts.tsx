"use client";

import type { ReactNode } from "react";
import { useView } from "@/admin/frame/view/use-view";
import type { InsightMark } from "@/admin/insights/contract/overview";
import type { SeriesKind } from "@/admin/insights/contract/series";
import { SeriesChart } from "@/admin/insights/ui/series-chart";
import { ChartGroup } from "@/ui/charts/chart-group";
import { outcomeLooks } from "@/ui/charts/outcomes";
import { When } from "@/ui/format/when";
import { useMemo } from "react";

/** Labels and values below each other. */
export function Facts({ facts }: { facts: readonly (readonly [label: string, value: ReactNode])[] }) {
  return (
    <dl className="grid grid-cols-[1fr_auto]">
      {facts.map(([label, value]) => (
        <div key={label} className="col-span-2 grid grid-cols-subgrid border-t border-line py-1.5">
          <dt className="text-muted">{label}</dt>
          <dd className="text-right tabular-nums">{value}</dd>
        </div>
      ))}
    </dl>
  );
}

/** A part of a sheet. */
export function SheetPart({ title, note, children }: { title: string; note?: ReactNode; children: ReactNode }) {
  return (
    <section className="mt-7">
      <h3 className="mb-1.5 flex flex-wrap items-baseline gap-x-2">
        <span className="font-semibold">{title}</span>
        {note === undefined ? null : <span className="caption font-normal">{note}</span>}
      </h3>
      {children}
    </section>
  );
}

/** A line in place of an empty list. */
export function NoRows({ children }: { children: ReactNode }) {
  return <p className="border-t border-line py-1.5 text-muted">{children}</p>;
}

const fieldLooks = {
  p50: { colorVariable: "--series-3", pattern: "solid" },
  p95: { colorVariable: "--series-1", pattern: "solid" },
} as const;

/** The reads of one group or family by outcome, and how long its loads take. */
export function Trend({ kind, name }: { kind: Extract<SeriesKind, "cache" | "tag">; name: string }) {
  const view = useView();
  const { outcomes, loads, samples } = useMemo(
    () => ({
      outcomes: outcomeLooks.map(({ name: field, label, meaning, colorVariable, pattern }) => ({
        wanted: { kind, name, field },
        label,
        meaning,
        look: { colorVariable, pattern },
      })),
      loads: [
        { wanted: { kind, name, field: "loadP50Ms" as const }, label: "p50", meaning: "Median", look: fieldLooks.p50 },
        {
          wanted: { kind, name, field: "loadP95Ms" as const },
          label: "p95",
          meaning: "95th percentile",
          look: fieldLooks.p95,
        },
      ],
      samples: { kind, name, field: "loads" as const },
    }),
    [kind, name],
  );
  return (
    <ChartGroup onZoom={view.zoomTo}>
      <div className="space-y-6">
        <SeriesChart
          title="Reads"
          caption="by outcome"
          series={outcomes}
          stackedAs="reads"
          height={130}
          headingAs="h3"
        />
        <SeriesChart title="Load time" series={loads} samples={samples} height={100} headingAs="h3" />
      </div>
    </ChartGroup>
  );
}

/** Invalidations by users and commands, newest first. */
export function InvalidationList({ marks, of }: { marks: readonly InsightMark[] | null; of: string }) {
  if (marks === null) return <NoRows>The audit log could not be read.</NoRows>;
  if (marks.length === 0) {
    return <NoRows>{`None of ${of} in this range. Writes invalidate the entries that they affect.`}</NoRows>;
  }
  return (
    <ul>
      {marks.toReversed().map(({ id, at, mode, target, by }) => (
        <li key={id} className="flex gap-3 border-t border-line py-1.5">
          <When at={at} className="w-24 shrink-0 text-muted" />
          <span className="min-w-0 flex-1 truncate" title={target}>{`${mode} ${target}`}</span>
          <span className="max-w-40 shrink-0 truncate text-muted" title={by}>
            {by}
          </span>
        </li>
      ))}
    </ul>
  );
}
