import type { HistogramBar } from "@/admin/insights/contract/series";

/** `fromMs` exclusive, `toMs` inclusive; null has no end. */
export type HistogramBand = { fromMs: number; toMs: number | null; count: number };

/** More bars than this cannot be told apart at the width of the sheet. */
const maxBands = 48;

/** Neighbouring bars joined, an equal number each, so that all of them can be drawn. */
export function toBands(bars: readonly HistogramBar[]): HistogramBand[] {
  const atOnce = Math.max(1, Math.ceil(bars.length / maxBands));
  const bands: HistogramBand[] = [];
  for (let index = 0; index < bars.length; index += atOnce) {
    const joined = bars.slice(index, index + atOnce);
    const [first, last] = [joined[0], joined.at(-1)];
    if (first === undefined || last === undefined) continue;
    bands.push({ fromMs: first.fromMs, toMs: last.toMs, count: joined.reduce((sum, { count }) => sum + count, 0) });
  }
  return bands;
}

/** Where a duration stands along the bands, 0 to 1: their widths double, so it is logarithmic. Null outside. */
export function placeOf(bands: readonly HistogramBand[], ms: number | null): number | null {
  if (ms === null) return null;
  const at = bands.findIndex(({ fromMs, toMs }) => ms > fromMs && (toMs === null || ms <= toMs));
  const band = bands[at];
  if (band === undefined) return null;
  const { fromMs, toMs } = band;
  const within = toMs === null || fromMs <= 0 ? 0.5 : Math.log(ms / fromMs) / Math.log(toMs / fromMs);
  return (at + within) / bands.length;
}
