import uPlot from "uplot";
import type { Layer, PreparedChart } from "../prepare/prepared";
import { type Drawn, paintAbove, paintBelow } from "./paint";

export type PlotTools = Drawn & {
  width: number;
  height: number;
  /** The interval under the pointer; null when it leaves. */
  onIndex: (index: number | null) => void;
  /** The dragged time, in seconds since 1970. */
  onZoom: ((from: number, to: number) => void) | null;
};

/** The data for uPlot: a heat map has none of its own, and gets an empty line for the cursor to move along. */
export function dataOf({ times, layers }: PreparedChart): uPlot.AlignedData {
  return layers.length === 0 ? [times, times.map(() => null)] : [times, ...layers.map(({ values }) => values)];
}

/** Charts with the same key differ in their data only, so that one plot can show both in turn. */
export const structureOf = ({ shape, layers, columnGap }: PreparedChart): string =>
  [shape, columnGap, ...layers.map(({ kind, look }) => `${kind} ${look.colorVariable} ${look.pattern}`)].join("|");

const strokes: Readonly<Record<Layer["kind"], Pick<uPlot.Series, "width" | "dash" | "alpha">>> = {
  line: { width: 1.75 },
  faint: { width: 1.75, alpha: 0.35 },
  filling: { width: 1.75, dash: [4, 3] },
  ghost: { width: 1.25, dash: [2, 3], alpha: 0.7 },
  area: { width: 0 },
};

function seriesOf(layer: Layer, index: number, { chart, palette }: Drawn, bars: uPlot.Series.PathBuilder | undefined) {
  const { kind, look } = layer;
  const common: uPlot.Series = { label: String(index), scale: "y", ...strokes[kind] };
  if (kind !== "area") {
    return {
      ...common,
      stroke: () => palette().strokeOf(look.colorVariable),
      points: {
        show: true,
        size: 4,
        fill: () => palette().strokeOf(look.colorVariable),
        filter: () => chart().layers[index]?.dots ?? [],
      },
    };
  }
  return {
    ...common,
    ...(bars === undefined ? {} : { paths: bars }),
    points: { show: false },
    fill: () => palette().fillOf(look),
    ...(look.pattern === "outlined" ? { stroke: () => palette().strokeOf(look.colorVariable), width: 1 } : {}),
  };
}

/** The options for uPlot: every number and label comes from the prepared chart. */
export function plotOptions(tools: PlotTools): uPlot.Options {
  const { palette, chart } = tools;
  const { layers, columnGap } = chart();
  const bars = uPlot.paths.bars?.({ size: [1 - columnGap, 64, 1], gap: 0 });
  const axis = { stroke: () => palette().muted, font: `11px ${palette().fontFamily}`, ticks: { show: false } };
  return {
    width: tools.width,
    height: tools.height,
    padding: [20, 16, 0, 0],
    legend: { show: false },
    cursor: {
      y: false,
      points: { show: false },
      drag: { x: tools.onZoom !== null, y: false, setScale: false, dist: 6 },
    },
    scales: {
      x: { time: true, range: () => [chart().span.from, chart().span.to] },
      y: { range: () => [0, chart().y.max] },
    },
    axes: [
      {
        ...axis,
        size: 24,
        grid: { show: false },
        splits: () => chart().x.map(({ at }) => at),
        values: () => chart().x.map(({ label }) => label),
      },
      {
        ...axis,
        size: 58,
        grid: { stroke: () => palette().line, width: 1 },
        splits: () => chart().y.ticks.map(({ at }) => at),
        values: () => chart().y.ticks.map(({ label }) => label),
      },
    ],
    series: [
      {},
      ...(layers.length === 0
        ? [{ label: "cells", points: { show: false } }]
        : layers.map((layer, index) => seriesOf(layer, index, tools, bars))),
    ],
    hooks: {
      drawClear: [(plot) => paintBelow(plot, tools)],
      draw: [(plot) => paintAbove(plot, tools)],
      // A negative position means that the pointer has left the plot.
      setCursor: [({ cursor }) => tools.onIndex((cursor.left ?? -1) < 0 ? null : (cursor.idx ?? null))],
      setSelect: [
        (plot) => {
          const { left, width } = plot.select;
          if (width <= 0) return;
          const [from, to] = [plot.posToVal(left, "x"), plot.posToVal(left + width, "x")];
          plot.setSelect({ left: 0, top: 0, width: 0, height: 0 }, false);
          tools.onZoom?.(from, to);
        },
      ],
    },
  };
}
