"use client";

import { useEffect, useMemo, useRef, useState } from "react";
import { useNow } from "../hooks/timers";
import { ChartCanvas } from "./chart-canvas";
import { useChartGroup, useCrosshairIndex } from "./chart-group";
import { ChartLegend } from "./chart-legend";
import type { ChartSource } from "./chart-source";
import { ChartTable } from "./chart-table";
import { prepareChart } from "./prepare/prepare-chart";
import type { PlacedMarker } from "./prepare/prepared";
import { clockOf, viewerZone } from "./prepare/time-axis";

const maxShownMarkers = 3;

/** The markers of a chart as a list, newest first. */
function MarkerList({ markers }: { markers: readonly PlacedMarker[] }) {
  if (markers.length === 0) return null;
  const rest = markers.length - maxShownMarkers;
  return (
    <ul aria-label="Markers" className="mt-2 space-y-0.5 border-t border-line pt-1.5 text-[13px]" data-testid="markers">
      {markers
        .slice(-maxShownMarkers)
        .toReversed()
        .map(({ id, time, sentence }) => (
          <li key={id} className="flex items-baseline gap-2">
            <span aria-hidden className="h-3 border-l-[1.5px] border-ink" />
            <span className="text-muted tabular-nums">{time}</span>
            <span className="min-w-0 break-words">{sentence}</span>
          </li>
        ))}
      {rest > 0 ? <li className="caption">{`and ${rest} earlier, shown in the table`}</li> : null}
    </ul>
  );
}

/** The width of an element, renewed when it changes; 0 before the first measurement. */
function useWidth() {
  const ref = useRef<HTMLDivElement>(null);
  const [width, setWidth] = useState(0);
  useEffect(() => {
    const element = ref.current;
    if (element === null) return;
    const observer = new ResizeObserver(([entry]) => setWidth(Math.floor(entry?.contentRect.width ?? 0)));
    observer.observe(element);
    return () => observer.disconnect();
  }, []);
  return { ref, width };
}

/** What the axes take of the width. */
const axisPx = 74;

type Props = { source: ChartSource; asTable: boolean; height: number; showsMarkers: boolean };

/** The chart below its heading: canvas or table, legend, markers, notes. */
export function ChartBody({ source, asTable, height, showsMarkers }: Props) {
  const { ref, width } = useWidth();
  const { crosshair, onZoom } = useChartGroup();
  // Intervals of another day than today are named with their day.
  const nowMs = useNow(600_000);
  const [hidden, setHidden] = useState<ReadonlySet<string>>(new Set());
  const chart = useMemo(
    () =>
      prepareChart(source, {
        widthPx: Math.max(0, width - axisPx),
        heightPx: height - 44,
        clock: clockOf(viewerZone()),
        nowSeconds: nowMs / 1000,
        hidden,
      }),
    [source, width, height, hidden, nowMs],
  );
  const { span, stepSeconds, times } = chart;
  const index = useCrosshairIndex(crosshair, span.from, stepSeconds, times.length);
  const toggle = (id: string): void =>
    setHidden((now) => {
      const next = new Set(now);
      if (!next.delete(id)) next.add(id);
      // With everything hidden there is nothing left to compare: the click shows all again.
      return next.size === chart.legend.length ? new Set() : next;
    });
  const zoom = (from: number, to: number): void => {
    const [first, last] = [Math.floor((from - span.from) / stepSeconds), Math.ceil((to - span.from) / stepSeconds)];
    const msAt = (step: number): number => (span.from + step * stepSeconds) * 1000;
    onZoom?.(msAt(Math.max(0, first)), msAt(Math.min(times.length, last)));
  };
  return (
    <div ref={ref} className="min-w-0">
      {asTable ? (
        <ChartTable chart={chart} height={height} />
      ) : width === 0 ? (
        <div style={{ height }} />
      ) : (
        <div className="relative">
          <ChartCanvas
            chart={chart}
            width={width}
            height={height}
            crosshair={crosshair}
            index={index}
            onZoom={onZoom === null ? null : zoom}
          />
          {chart.isEmpty ? (
            <p className="pointer-events-none absolute inset-0 grid place-items-center text-muted">
              <span className="bg-ground px-2">Nothing was measured in this range.</span>
            </p>
          ) : null}
        </div>
      )}
      <ChartLegend chart={chart} index={index} onToggle={toggle} />
      {showsMarkers ? (
        <MarkerList
          markers={index === null ? chart.markers : chart.markers.filter((marker) => marker.index === index)}
        />
      ) : null}
      <p className="caption mt-2 min-h-4">{`${chart.notes.join(" ")} Times: ${chart.zone}.`}</p>
    </div>
  );
}
