import type uPlot from "uplot";
import type { PlacedMarker, PreparedChart } from "../prepare/prepared";
import { type Palette, strengthOpacity } from "./palette";

/** Read on every draw, since both may have changed. */
export type Drawn = { chart: () => PreparedChart; palette: () => Palette };

const unit = (): number => devicePixelRatio;

/** Under everything: gaps, heat-map cells, times that a marker covers. */
export function paintBelow(plot: uPlot, { chart, palette }: Drawn): void {
  const { ctx, bbox } = plot;
  const { gaps, cells, markers, span, stepSeconds } = chart();
  const colors = palette();
  ctx.save();
  ctx.fillStyle = colors.gap;
  for (const gap of gaps) {
    const left = plot.valToPos(gap.from, "x", true);
    ctx.fillRect(left, bbox.top, plot.valToPos(gap.to, "x", true) - left, bbox.height);
  }
  ctx.fillStyle = colors.accent;
  for (const { index, band, strength } of cells) {
    const left = Math.round(plot.valToPos(span.from + index * stepSeconds, "x", true));
    const right = Math.round(plot.valToPos(span.from + (index + 1) * stepSeconds, "x", true));
    const top = Math.round(plot.valToPos(band + 1, "y", true));
    const bottom = Math.round(plot.valToPos(band, "y", true));
    ctx.globalAlpha = strengthOpacity[strength] ?? 1;
    ctx.fillRect(left, top, Math.max(1, right - left - (right - left > 6 ? 1 : 0)), bottom - top - 1);
  }
  ctx.globalAlpha = 0.08;
  ctx.fillStyle = colors.ink;
  for (const { at, until } of markers) {
    if (until === null) continue;
    const left = Math.max(bbox.left, plot.valToPos(at, "x", true));
    const right = Math.min(bbox.left + bbox.width, plot.valToPos(until, "x", true));
    ctx.fillRect(left, bbox.top, right - left, bbox.height);
  }
  ctx.restore();
}

/** Fades the column that is still filling and outlines it with dashes. Lines have a dashed step of their own. */
function paintFilling(plot: uPlot, { chart, palette }: Drawn): void {
  const { filling, shape } = chart();
  if (filling === null || shape === "lines") return;
  const { ctx, bbox } = plot;
  const left = plot.valToPos(filling.from, "x", true);
  const width = plot.valToPos(filling.to, "x", true) - left;
  const top = plot.valToPos(filling.top, "y", true);
  ctx.save();
  ctx.globalAlpha = 0.5;
  ctx.fillStyle = palette().ground;
  ctx.fillRect(left, top, width, bbox.top + bbox.height - top);
  ctx.globalAlpha = 1;
  ctx.strokeStyle = palette().muted;
  ctx.lineWidth = unit();
  ctx.setLineDash([3 * unit(), 3 * unit()]);
  ctx.strokeRect(left, top, width, bbox.top + bbox.height - top);
  ctx.restore();
}

function paintThresholds(plot: uPlot, { chart, palette }: Drawn): void {
  const { ctx, bbox } = plot;
  ctx.save();
  ctx.font = `${11 * unit()}px ${palette().fontFamily}`;
  ctx.textAlign = "right";
  ctx.textBaseline = "bottom";
  for (const { value, label, level } of chart().thresholds) {
    const y = Math.round(plot.valToPos(value, "y", true)) + 0.5;
    ctx.strokeStyle = palette().levels[level];
    ctx.fillStyle = palette().levels[level];
    ctx.lineWidth = unit();
    ctx.setLineDash([6 * unit(), 3 * unit()]);
    ctx.beginPath();
    ctx.moveTo(bbox.left, y);
    ctx.lineTo(bbox.left + bbox.width, y);
    ctx.stroke();
    ctx.setLineDash([]);
    ctx.lineWidth = 3 * unit();
    ctx.strokeStyle = palette().ground;
    ctx.strokeText(label, bbox.left + bbox.width - 2 * unit(), y - 2 * unit());
    ctx.fillText(label, bbox.left + bbox.width - 2 * unit(), y - 2 * unit());
  }
  ctx.restore();
}

const maxLabelPx = 190;

function shorten(context: CanvasRenderingContext2D, text: string, maxPx: number): string {
  if (context.measureText(text).width <= maxPx) return text;
  let kept = text.length;
  while (kept > 0 && context.measureText(`${text.slice(0, kept)}…`).width > maxPx) kept -= 1;
  return `${text.slice(0, kept)}…`;
}

/** The head of a marker tells its kind: a triangle for an invalidation, a diamond for a deploy, a disc for a lab run. */
function paintHead(ctx: CanvasRenderingContext2D, kind: PlacedMarker["kind"], x: number, y: number): void {
  const size = 4 * unit();
  ctx.beginPath();
  if (kind === "lab") ctx.arc(x, y - size / 2, size * 0.85, 0, 2 * Math.PI);
  else {
    ctx.moveTo(x - size, y - (kind === "deploy" ? size / 2 : size));
    if (kind === "deploy") ctx.lineTo(x, y - size * 1.5);
    ctx.lineTo(x + size, y - (kind === "deploy" ? size / 2 : size));
    ctx.lineTo(x, y + size / 2);
  }
  ctx.fill();
}

/** A line for each marker with its name above; where names would overlap, only the newer one is shown. */
function paintMarkers(plot: uPlot, { chart, palette }: Drawn): void {
  const { ctx, bbox } = plot;
  const { ink, ground, fontFamily } = palette();
  ctx.save();
  ctx.font = `${11 * unit()}px ${fontFamily}`;
  ctx.textBaseline = "middle";
  ctx.textAlign = "left";
  ctx.fillStyle = ink;
  let freeUntil = bbox.left + bbox.width;
  for (const marker of chart().markers.toReversed()) {
    const x = Math.max(bbox.left, Math.round(plot.valToPos(marker.at, "x", true)));
    const top = bbox.top - 4 * unit();
    // An outline in the background colour separates the line from columns of any colour.
    ctx.globalAlpha = 0.85;
    ctx.strokeStyle = ground;
    ctx.lineWidth = 3.5 * unit();
    ctx.beginPath();
    ctx.moveTo(x, top);
    ctx.lineTo(x, bbox.top + bbox.height);
    ctx.stroke();
    ctx.globalAlpha = 1;
    ctx.strokeStyle = ink;
    ctx.lineWidth = 1.5 * unit();
    ctx.stroke();
    paintHead(ctx, marker.kind, x, top);
    const label = shorten(ctx, marker.label, maxLabelPx * unit());
    const width = ctx.measureText(label).width;
    // Right of the line if it fits before the next name, else left of it.
    const right = x + 8 * unit();
    const left = x - 8 * unit() - width;
    const place = right + width <= freeUntil ? right : left + width <= freeUntil && left >= bbox.left ? left : null;
    if (place !== null) ctx.fillText(label, place, top - 3 * unit());
    freeUntil = Math.min(freeUntil, (place === null ? x : Math.min(x, place)) - 8 * unit());
  }
  ctx.restore();
}

/** Over everything. */
export function paintAbove(plot: uPlot, drawn: Drawn): void {
  paintFilling(plot, drawn);
  paintThresholds(plot, drawn);
  paintMarkers(plot, drawn);
}
