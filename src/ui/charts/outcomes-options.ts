import uPlot from "uplot";
import { outcomeNames } from "@/admin/insights/contract/overview";
import { formatLarge, readAloud } from "../figures";
import type { OutcomesChart } from "./outcomes-prepare";
import type { Palette } from "./palette";

type Tools = {
  width: number;
  height: number;
  /** Read at every drawing, since the theme may change. */
  palette: () => Palette;
  chart: () => OutcomesChart;
  onIndex: (index: number | null) => void;
};

const clock = new Intl.DateTimeFormat("en-GB", { hour: "2-digit", minute: "2-digit" });
const clockWithSeconds = new Intl.DateTimeFormat("en-GB", { hour: "2-digit", minute: "2-digit", second: "2-digit" });

/** A time of day, with seconds where the steps are that fine. */
export function formatTime(seconds: number, stepSeconds: number): string {
  return (stepSeconds % 60 === 0 ? clock : clockWithSeconds).format(seconds * 1000);
}

function paintGaps(plot: uPlot, { palette, chart }: Tools): void {
  const { ctx, bbox } = plot;
  ctx.save();
  ctx.fillStyle = palette().gap;
  for (const gap of chart().gaps) {
    const left = plot.valToPos(gap.from, "x", true);
    ctx.fillRect(left, bbox.top, plot.valToPos(gap.to, "x", true) - left, bbox.height);
  }
  ctx.restore();
}

/** Veils the bucket that is still filling and frames it with dashes. */
function paintFilling(plot: uPlot, { palette, chart }: Tools): void {
  const { buckets, span, stepSeconds } = chart();
  const filling = buckets.at(-1);
  if (filling === undefined || filling === null) return;
  const { ctx, bbox } = plot;
  const left = plot.valToPos(span.to - stepSeconds, "x", true);
  const width = plot.valToPos(span.to, "x", true) - left;
  const top = plot.valToPos(filling.reads, "y", true);
  ctx.save();
  ctx.globalAlpha = 0.5;
  ctx.fillStyle = palette().ground;
  ctx.fillRect(left, top, width, bbox.top + bbox.height - top);
  ctx.globalAlpha = 1;
  ctx.strokeStyle = palette().muted;
  ctx.lineWidth = devicePixelRatio;
  ctx.setLineDash([3 * devicePixelRatio, 3 * devicePixelRatio]);
  ctx.strokeRect(left, top, width, bbox.top + bbox.height - top);
  ctx.restore();
}

const longestLabelPx = 190;

function shorten(context: CanvasRenderingContext2D, text: string, mostPx: number): string {
  if (context.measureText(text).width <= mostPx) return text;
  let kept = text.length;
  while (kept > 0 && context.measureText(`${text.slice(0, kept)}…`).width > mostPx) kept -= 1;
  return `${text.slice(0, kept)}…`;
}

/** A line through the plot for each invalidation, its name above it; where names would overlap, only the newer one's. */
function paintMarks(plot: uPlot, { palette, chart }: Tools): void {
  const { ctx, bbox } = plot;
  const { ink, ground, fontFamily } = palette();
  const unit = devicePixelRatio;
  ctx.save();
  ctx.font = `${11 * unit}px ${fontFamily}`;
  ctx.textBaseline = "middle";
  ctx.textAlign = "left";
  ctx.lineWidth = 1.5 * unit;
  ctx.strokeStyle = ink;
  ctx.fillStyle = ink;
  let freeUntil = bbox.left + bbox.width;
  for (const mark of chart().marks.toReversed()) {
    const x = Math.round(plot.valToPos(mark.at, "x", true));
    const top = bbox.top - 4 * unit;
    // A rim of the ground keeps the line apart from columns of any colour.
    ctx.globalAlpha = 0.85;
    ctx.strokeStyle = ground;
    ctx.lineWidth = 3.5 * unit;
    ctx.beginPath();
    ctx.moveTo(x, top);
    ctx.lineTo(x, bbox.top + bbox.height);
    ctx.stroke();
    ctx.globalAlpha = 1;
    ctx.strokeStyle = ink;
    ctx.lineWidth = 1.5 * unit;
    ctx.stroke();
    ctx.beginPath();
    ctx.moveTo(x - 4 * unit, top - 4 * unit);
    ctx.lineTo(x + 4 * unit, top - 4 * unit);
    ctx.lineTo(x, top + 2 * unit);
    ctx.fill();
    const label = shorten(ctx, mark.label, longestLabelPx * unit);
    const width = ctx.measureText(label).width;
    // Beside the line where there is room before the next name, else before it.
    const right = x + 8 * unit;
    const left = x - 8 * unit - width;
    const place = right + width <= freeUntil ? right : left + width <= freeUntil && left >= bbox.left ? left : null;
    if (place !== null) ctx.fillText(label, place, top - 3 * unit);
    freeUntil = Math.min(freeUntil, (place === null ? x : Math.min(x, place)) - 8 * unit);
  }
  ctx.restore();
}

/** How uPlot draws the prepared outcomes: stacked columns, gaps hatched, the last column dashed. */
export function outcomesOptions(tools: Tools): uPlot.Options {
  const { palette, chart } = tools;
  const bars = uPlot.paths.bars?.({ size: [0.9, 64, 1], gap: 0 });
  const axis = { stroke: () => palette().muted, font: `11px ${palette().fontFamily}`, ticks: { show: false } };
  return {
    width: tools.width,
    height: tools.height,
    padding: [20, 20, 0, 0],
    legend: { show: false },
    cursor: { y: false, points: { show: false }, drag: { x: false, y: false } },
    scales: {
      x: { time: true, range: () => [chart().span.from, chart().span.to] },
      y: { range: (_, __, most) => [0, Math.max(4, (most ?? 0) * 1.06)] },
    },
    axes: [
      {
        ...axis,
        size: 24,
        space: 64,
        grid: { show: false },
        values: (_, splits, __, ___, step) => splits.map((at) => formatTime(at, step)),
      },
      {
        ...axis,
        size: 44,
        space: 40,
        grid: { stroke: () => palette().line, width: 1 },
        incrs: [1, 2, 5, 10, 20, 50, 100, 200, 500, 1e3, 2e3, 5e3, 1e4, 2e4, 5e4, 1e5, 2e5, 5e5, 1e6, 2e6, 5e6, 1e7],
        values: (_, splits) => splits.map((count) => readAloud(formatLarge(count))),
      },
    ],
    series: [
      {},
      ...outcomeNames.toReversed().map((name): uPlot.Series => ({
        label: name,
        paths: bars,
        points: { show: false },
        fill: () => palette().outcomes[name],
        ...(name === "bypass" ? { stroke: () => palette().outlines[name], width: 1 } : { width: 0 }),
      })),
    ],
    hooks: {
      drawClear: [(plot) => paintGaps(plot, tools)],
      draw: [(plot) => paintFilling(plot, tools), (plot) => paintMarks(plot, tools)],
      // Left of zero means that the pointer has left.
      setCursor: [({ cursor }) => tools.onIndex((cursor.left ?? -1) < 0 ? null : (cursor.idx ?? null))],
    },
  };
}
