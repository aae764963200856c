"use client";

import { useMemo, useState } from "react";
import type { InsightsOverview } from "@/admin/insights/contract/overview";
import { countReads } from "@weir/core/outcomes";
import { outcomeLooks, OutcomeSwatch } from "@/ui/charts/outcomes";
import { OutcomesChart } from "@/ui/charts/outcomes-chart";
import { type ChartMarker, type PreparedOutcomes, prepareOutcomes } from "@/ui/charts/outcomes-prepare";
import { formatTime } from "@/ui/format/moments";
import { formatCount, formatShare } from "@/ui/format/numbers";
import { Reading } from "@/ui/format/reading";

type Props = { overview: InsightsOverview; asTable: boolean; onAsTable: (asTable: boolean) => void };

const stepWords = (stepMs: number): string => (stepMs >= 60_000 ? `${stepMs / 60_000} min` : `${stepMs / 1000} s`);

const maxShownMarkers = 3;

/** The markers of the chart as a list, newest first. */
function MarkerList({ markers }: { markers: readonly ChartMarker[] }) {
  if (markers.length === 0) return null;
  const rest = markers.length - maxShownMarkers;
  return (
    <ul
      aria-label="Invalidations"
      className="mt-2 space-y-0.5 border-t border-line pt-1.5 text-[13px]"
      data-testid="markers"
    >
      {markers
        .slice(-maxShownMarkers)
        .toReversed()
        .map(({ id, at, sentence }) => (
          <li key={id} className="flex items-baseline gap-2">
            <span aria-hidden className="h-3 border-l-[1.5px] border-ink" />
            <span className="text-muted tabular-nums">{formatTime(at, 1)}</span>
            <span className="min-w-0 break-words">{sentence}</span>
          </li>
        ))}
      {rest > 0 ? <li className="caption">and {rest} earlier, shown in the table</li> : null}
    </ul>
  );
}

/** The outcomes of all cache reads over time, as a chart or a table, with totals below. */
export function OutcomesPanel({ overview, asTable, onAsTable }: Props) {
  const [index, setIndex] = useState<number | null>(null);
  const chart = useMemo(() => prepareOutcomes(overview), [overview]);
  const selected = index === null ? undefined : chart.buckets[index];
  const outcomes = index === null ? overview.cache.outcomes : (selected?.outcomes ?? null);
  const reads = outcomes === null ? null : countReads(outcomes);
  const start = index === null ? null : chart.span.from + index * chart.stepSeconds;
  const when =
    start === null
      ? "Whole range"
      : `${formatTime(start, chart.stepSeconds)}–${formatTime(start + chart.stepSeconds, chart.stepSeconds)}`;
  return (
    <section aria-labelledby="outcomes-title" id="outcomes">
      <div className="flex items-baseline justify-between gap-3">
        <h2 id="outcomes-title" className="font-semibold">
          Cache reads <span className="caption ml-1 font-normal">per {stepWords(overview.stepMs)}, by outcome</span>
        </h2>
        <button
          type="button"
          aria-pressed={asTable}
          className="caption shrink-0 underline decoration-line-strong underline-offset-2 hover:text-ink"
          onClick={() => onAsTable(!asTable)}
        >
          {asTable ? "View as chart" : "View as table"}
        </button>
      </div>
      <div className="mt-2">
        {asTable ? <OutcomesTable chart={chart} /> : <OutcomesChart chart={chart} index={index} onIndex={setIndex} />}
      </div>
      <div className="mt-2 flex flex-wrap items-baseline gap-x-6 gap-y-1" aria-live={index === null ? "off" : "polite"}>
        <p className="caption w-full tabular-nums">
          {when}
          {selected?.isFilling === true ? ", incomplete" : ""}
          {reads === null ? ", no node reported" : <span className="text-ink"> · {formatCount(reads)} reads</span>}
        </p>
        <ul className="grid flex-1 grid-cols-2 gap-x-4 gap-y-1 sm:grid-cols-4 lg:grid-cols-8">
          {outcomeLooks.map(({ name, label, meaning }) => {
            const count = outcomes?.[name] ?? 0;
            return (
              <li key={name} data-outcome={name} data-count={count} title={meaning} className="flex min-w-0 flex-col">
                <span className="flex items-center gap-1.5 whitespace-nowrap">
                  <OutcomeSwatch name={name} />
                  {label}
                </span>
                <span className="tabular-nums">
                  {formatCount(count)}
                  <span className="caption ml-1.5">
                    <Reading of={formatShare(reads === null || reads === 0 ? null : count / reads)} />
                  </span>
                </span>
              </li>
            );
          })}
        </ul>
      </div>
      <MarkerList markers={index === null ? chart.markers : chart.markers.filter((marker) => marker.index === index)} />
      <p className="caption mt-2 min-h-4">
        {chart.gaps.length > 0 ? "Hatched: no node reported, so reads are unknown. " : ""}
        {chart.isLowSample ? "Faded: fewer than 20 reads in this range. " : ""}
        {overview.marks === null ? "The audit log is unavailable, so invalidations are not marked. " : ""}
        {asTable ? "" : "Dashed: the last interval is incomplete."}
      </p>
    </section>
  );
}

/** The data of the chart as a table, newest first. */
function OutcomesTable({ chart }: { chart: PreparedOutcomes }) {
  const rows = chart.buckets
    .map((bucket, index) => ({
      bucket,
      start: chart.span.from + index * chart.stepSeconds,
      markers: chart.markers.filter((marker) => marker.index === index),
    }))
    .toReversed();
  return (
    <div
      role="region"
      aria-label="Cache reads as a table"
      tabIndex={0}
      className="relative h-[236px] overflow-auto border-y border-line"
    >
      <table className="w-full min-w-[720px] text-[13px] tabular-nums">
        <caption className="sr-only">{chart.summary}</caption>
        <thead className="caption sticky top-0 bg-ground">
          <tr>
            <th scope="col" className="py-1 text-left font-normal">
              From
            </th>
            {outcomeLooks.map(({ name, label }) => (
              <th key={name} scope="col" className="py-1 pl-3 text-right font-normal">
                {label}
              </th>
            ))}
            <th scope="col" className="py-1 pl-3 text-right font-normal">
              Reads
            </th>
            {chart.markers.length === 0 ? null : (
              <th scope="col" className="w-1/4 py-1 pl-5 text-left font-normal">
                Invalidations
              </th>
            )}
          </tr>
        </thead>
        <tbody>
          {rows.map(({ bucket, start, markers }) => (
            <tr key={start} className="border-t border-line">
              <th scope="row" className="py-0.5 text-left font-normal">
                {formatTime(start, chart.stepSeconds)}
                {bucket?.isFilling === true ? <span className="caption ml-2">incomplete</span> : null}
              </th>
              {bucket === null ? (
                <td colSpan={outcomeLooks.length + 1} className="caption pl-3 text-right">
                  no node reported
                </td>
              ) : (
                <>
                  {outcomeLooks.map(({ name }) => (
                    <td key={name} className={`pl-3 text-right ${bucket.outcomes[name] === 0 ? "text-muted" : ""}`}>
                      {formatCount(bucket.outcomes[name])}
                    </td>
                  ))}
                  <td className="pl-3 text-right">{formatCount(bucket.reads)}</td>
                </>
              )}
              {chart.markers.length === 0 ? null : (
                <td className="py-0.5 pl-5">
                  {markers.map(({ id, at, sentence }) => (
                    <span key={id} className="block">
                      {formatTime(at, 1)} {sentence}
                    </span>
                  ))}
                </td>
              )}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}
