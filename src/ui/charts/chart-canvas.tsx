"use client";

import { type KeyboardEvent, useEffect, useLayoutEffect, useRef } from "react";
import uPlot from "uplot";
import { onThemeChange } from "../theme";
import type { Crosshair } from "./chart-group";
import { readPalette } from "./draw/palette";
import { dataOf, plotOptions, structureOf } from "./draw/plot-options";
import type { PreparedChart } from "./prepare/prepared";

type Props = {
  chart: PreparedChart;
  width: number;
  height: number;
  crosshair: Crosshair;
  /** The selected interval; null for none. */
  index: number | null;
  onZoom: ((from: number, to: number) => void) | null;
};

/** The plot itself, made once for charts of one structure. */
function Plot({ chart, width, height, crosshair, onZoom }: Omit<Props, "index">) {
  const host = useRef<HTMLDivElement>(null);
  const plot = useRef<uPlot>(null);
  const latest = useRef({ chart, onZoom, width });
  useLayoutEffect(() => {
    latest.current = { chart, onZoom, width };
  });
  const canZoom = onZoom !== null;

  useEffect(() => {
    const element = host.current;
    if (element === null) return;
    let palette = readPalette(element);
    const options = plotOptions({
      width: latest.current.width,
      height,
      palette: () => palette,
      chart: () => latest.current.chart,
      onIndex: (at) => crosshair.set(at === null ? null : (latest.current.chart.times[at] ?? null)),
      onZoom: canZoom ? (from, to) => latest.current.onZoom?.(from, to) : null,
    });
    const made = new uPlot(options, dataOf(latest.current.chart), element);
    plot.current = made;
    const follow = (): void => {
      const at = crosshair.get();
      const { from, to } = latest.current.chart.span;
      const left = at === null || at < from || at >= to ? -10 : made.valToPos(at, "x");
      made.setCursor({ left, top: 0 }, false);
    };
    const endCrosshair = crosshair.subscribe(follow);
    const endThemes = onThemeChange(() => {
      palette = readPalette(element);
      made.redraw(false);
    });
    return () => {
      endThemes();
      endCrosshair();
      made.destroy();
      plot.current = null;
    };
  }, [height, crosshair, canZoom]);

  useEffect(() => {
    plot.current?.setData(dataOf(chart));
  }, [chart]);
  useEffect(() => {
    plot.current?.setSize({ width, height });
  }, [width, height]);
  return <div ref={host} />;
}

/**
 * Draws a prepared chart. The arrow keys move the crosshair between intervals, as the pointer does; with Shift they move
 * between markers.
 */
export function ChartCanvas(props: Props) {
  const { chart, height, crosshair, index, onZoom } = props;
  const move = (event: KeyboardEvent): void => {
    const last = chart.times.length - 1;
    const at = index ?? last + 1;
    const marked = chart.markers.map((marker) => marker.index);
    const before = marked.findLast((found) => found < at);
    const after = marked.find((found) => index !== null && found > at);
    const targets: Record<string, number | null> = {
      ArrowLeft: event.shiftKey ? (before ?? index) : Math.max(0, at - 1),
      ArrowRight: event.shiftKey ? (after ?? index) : Math.min(last, at + 1),
      Home: 0,
      End: last,
      Escape: null,
    };
    const target = targets[event.key];
    if (target === undefined || (event.key === "Escape" && index === null)) return;
    event.preventDefault();
    crosshair.set(target === null ? null : (chart.times[target] ?? null));
  };

  const markers = chart.markers.length === 0 ? "" : ", and Shift with an arrow key to jump between markers";
  return (
    // Focusable, so that the keyboard can move through the intervals.
    <div
      role="group"
      tabIndex={0}
      aria-label={`Chart. ${chart.summary} Use the arrow keys to move through time${markers}.`}
      className={`time-series ${onZoom === null ? "" : "cursor-crosshair"} ${chart.isFaded ? "opacity-60" : ""}`}
      style={{ height }}
      onKeyDown={move}
      onBlur={() => crosshair.set(null)}
    >
      <Plot key={structureOf(chart)} {...props} />
    </div>
  );
}
