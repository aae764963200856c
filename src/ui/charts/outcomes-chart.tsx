"use client";

import { type KeyboardEvent, useEffect, useRef } from "react";
import uPlot from "uplot";
import { type OutcomeName, outcomeNames } from "@weir/core/outcomes";
import { formatTime } from "../format/moments";
import { formatLarge, readAloud } from "../format/numbers";
import { onThemeChange } from "../theme";
import { lookOf } from "./outcomes";
import type { PreparedOutcomes } from "./outcomes-prepare";

const height = 236;

/** The series for uPlot: the highest stack first, since each lower one is drawn over it; null where a stack adds nothing. */
function dataOf(chart: PreparedOutcomes): uPlot.AlignedData {
  const stacks = outcomeNames.map((name, level) =>
    (chart.stacks[level] ?? []).map((top, at) => ((chart.buckets[at]?.outcomes[name] ?? 0) === 0 ? null : top)),
  );
  return [chart.times, ...stacks.toReversed()];
}

type Props = {
  chart: PreparedOutcomes;
  /** The selected bucket; null for none. */
  index: number | null;
  onIndex: (index: number | null) => void;
};

/**
 * Draws the prepared outcomes over time. The arrow keys move between buckets, as the pointer does; with Shift they move
 * between invalidations.
 */
export function OutcomesChart({ chart, index, onIndex }: Props) {
  const host = useRef<HTMLDivElement>(null);
  const plot = useRef<uPlot>(null);
  const latest = useRef({ chart, onIndex });
  useEffect(() => {
    latest.current = { chart, onIndex };
  });

  useEffect(() => {
    const element = host.current;
    if (element === null) return;
    let palette = readPalette(element);
    const options = outcomesOptions({
      width: element.clientWidth,
      height,
      palette: () => palette,
      chart: () => latest.current.chart,
      onIndex: (at) => latest.current.onIndex(at),
    });
    const made = new uPlot(options, dataOf(latest.current.chart), element);
    plot.current = made;
    const resizing = new ResizeObserver(() => made.setSize({ width: element.clientWidth, height }));
    resizing.observe(element);
    const endThemes = onThemeChange(() => {
      palette = readPalette(element);
      made.redraw(false);
    });
    return () => {
      endThemes();
      resizing.disconnect();
      made.destroy();
      plot.current = null;
    };
  }, []);

  useEffect(() => {
    plot.current?.setData(dataOf(chart));
  }, [chart]);

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
    if (target === undefined) return;
    event.preventDefault();
    onIndex(target);
    const left = target === null ? -10 : (plot.current?.valToPos(chart.times[target] ?? 0, "x") ?? -10);
    plot.current?.setCursor({ left, top: 0 }, false);
  };

  return (
    // Focusable, so that the keyboard can move through the buckets.
    <div
      ref={host}
      role="group"
      tabIndex={0}
      aria-label={`Chart. ${chart.summary} Use the arrow keys to move through time${chart.markers.length === 0 ? "" : ", and Shift with an arrow key to jump between invalidations"}.`}
      className={chart.isLowSample ? "opacity-60" : ""}
      style={{ height }}
      onKeyDown={move}
      onBlur={() => onIndex(null)}
    />
  );
}

type Tools = {
  width: number;
  height: number;
  /** Read on every draw, since the theme may change. */
  palette: () => Palette;
  chart: () => PreparedOutcomes;
  onIndex: (index: number | null) => void;
};

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

/** Fades the bucket that is still filling and outlines it with dashes. */
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

const maxLabelPx = 190;

function shorten(context: CanvasRenderingContext2D, text: string, maxPx: number): string {
  if (context.measureText(text).width <= maxPx) return text;
  let kept = text.length;
  while (kept > 0 && context.measureText(`${text.slice(0, kept)}…`).width > maxPx) kept -= 1;
  return `${text.slice(0, kept)}…`;
}

/** Draws a line for each invalidation with its name above; where names would overlap, only the newer one is shown. */
function paintMarkers(plot: uPlot, { palette, chart }: Tools): void {
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
  for (const marker of chart().markers.toReversed()) {
    const x = Math.round(plot.valToPos(marker.at, "x", true));
    const top = bbox.top - 4 * unit;
    // An outline in the background colour separates the line from columns of any colour.
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
    const label = shorten(ctx, marker.label, maxLabelPx * unit);
    const width = ctx.measureText(label).width;
    // Right of the line if it fits before the next name, else left of it.
    const right = x + 8 * unit;
    const left = x - 8 * unit - width;
    const place = right + width <= freeUntil ? right : left + width <= freeUntil && left >= bbox.left ? left : null;
    if (place !== null) ctx.fillText(label, place, top - 3 * unit);
    freeUntil = Math.min(freeUntil, (place === null ? x : Math.min(x, place)) - 8 * unit);
  }
  ctx.restore();
}

/** The options for uPlot: stacked columns, gaps hatched, the last column dashed. */
function outcomesOptions(tools: Tools): uPlot.Options {
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
      y: { range: (_, __, max) => [0, Math.max(4, (max ?? 0) * 1.06)] },
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
      draw: [(plot) => paintFilling(plot, tools), (plot) => paintMarkers(plot, tools)],
      // A negative position means that the pointer has left the plot.
      setCursor: [({ cursor }) => tools.onIndex((cursor.left ?? -1) < 0 ? null : (cursor.idx ?? null))],
    },
  };
}

/** Colours for a canvas: resolved, with the hatching as a pattern. */
type Palette = {
  outcomes: Record<OutcomeName, string | CanvasPattern>;
  outlines: Record<OutcomeName, string>;
  ground: string;
  line: string;
  muted: string;
  ink: string;
  gap: string | CanvasPattern;
  fontFamily: string;
};

function hatch(color: string, gapColor: string, pixels: number): string | CanvasPattern {
  const tile = document.createElement("canvas");
  tile.width = pixels;
  tile.height = pixels;
  const context = tile.getContext("2d");
  if (context === null) return color;
  context.fillStyle = gapColor;
  context.fillRect(0, 0, pixels, pixels);
  context.strokeStyle = color;
  context.lineWidth = pixels / 3;
  // Three strokes make the tile seamless.
  for (const shift of [-pixels, 0, pixels]) {
    context.beginPath();
    context.moveTo(shift - 1, pixels + 1);
    context.lineTo(shift + pixels + 1, -1);
    context.stroke();
  }
  return context.createPattern(tile, "repeat") ?? color;
}

/** Reads the current colours within `host`. They depend on the theme, so read them again when it changes. */
function readPalette(host: HTMLElement): Palette {
  const probe = document.createElement("span");
  probe.hidden = true;
  host.append(probe);
  const resolve = (variable: string): string => {
    probe.style.color = `var(${variable})`;
    return getComputedStyle(probe).color;
  };
  const ground = resolve("--ground");
  const line = resolve("--line");
  const colors = outcomeNames.map((name) => [name, resolve(lookOf(name).colorVariable)] as const);
  const fills = colors.map(([name, color]) => {
    const { pattern } = lookOf(name);
    return [name, pattern === "solid" ? color : pattern === "hatched" ? hatch(color, ground, 6) : ground] as const;
  });
  const palette: Palette = {
    // Both are built from all outcome names, just above.
    outcomes: Object.fromEntries(fills) as Palette["outcomes"],
    outlines: Object.fromEntries(colors) as Palette["outlines"],
    ground,
    line,
    muted: resolve("--muted"),
    ink: resolve("--ink"),
    gap: hatch(line, ground, 8),
    fontFamily: getComputedStyle(host).fontFamily,
  };
  probe.remove();
  return palette;
}
