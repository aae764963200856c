import { formatCount, formatDuration, formatShare, readAloud } from "../../format/numbers";
import type { HeatMapSource } from "../chart-source";
import type { ChartBody } from "./prepare-chart";
import type { HeatCell, LegendEntry, PrepareView } from "./prepared";

const strengths = 5;

/** The strength of a count: equal steps of its logarithm, so that rare durations stay visible beside frequent ones. */
function strengthOf(count: number, most: number): number {
  if (count <= 0) return 0;
  if (most <= 1) return strengths;
  return Math.max(1, Math.ceil((Math.log(count + 1) / Math.log(most + 1)) * strengths - 1e-9));
}

type Bands = { first: number; last: number };

/** The bands that hold anything, with one free on either side. */
function usedBands({ counts, edgesMs }: HeatMapSource): Bands {
  let [first, last] = [edgesMs.length, 0];
  for (const bands of counts) {
    if (bands === null) continue;
    for (const [band, count] of bands.entries()) {
      if (count === 0) continue;
      first = Math.min(first, band);
      last = Math.max(last, band);
    }
  }
  if (first > last) return { first: 0, last: Math.max(0, edgesMs.length - 1) };
  return { first: Math.max(0, first - 1), last: Math.min(edgesMs.length, last + 1) };
}

/** The edge below which a share of the durations lies; null without any. */
function edgeAt(bands: readonly number[], share: number, edgesMs: readonly number[]): string | null {
  const total = bands.reduce((sum, count) => sum + count, 0);
  if (total === 0) return null;
  let sum = 0;
  for (const [band, count] of bands.entries()) {
    sum += count;
    if (sum >= total * share) {
      const edge = edgesMs[band];
      return edge === undefined ? `over ${edgeWords(edgesMs.at(-1) ?? 0)}` : `up to ${edgeWords(edge)}`;
    }
  }
  return null;
}

function edgeWords(ms: number): string {
  const { value, unit } = formatDuration(ms);
  return `${value.replace(/\.0+$/, "")} ${unit}`;
}

/** Prepares a heat map: a band per doubling of the duration, darker where more durations fell. */
export function prepareHeatMap(source: HeatMapSource, view: PrepareView): ChartBody {
  const { counts, edgesMs } = source;
  const bands = usedBands(source);
  const shownBands = bands.last - bands.first + 1;
  let most = 0;
  for (const one of counts) for (const count of one ?? []) most = Math.max(most, count);
  const cells: HeatCell[] = counts.flatMap((one, index) =>
    (one ?? []).flatMap((count, band) => {
      const strength = strengthOf(count, most);
      return strength === 0 ? [] : [{ index, band: band - bands.first, strength }];
    }),
  );
  const sums = edgesMs.map((_, band) => counts.reduce((sum, one) => sum + (one?.[band] ?? 0), 0));
  sums.push(counts.reduce((sum, one) => sum + (one?.[edgesMs.length] ?? 0), 0));
  const at = (index: number | null): readonly number[] | null => (index === null ? sums : (counts[index] ?? null));
  const total = (index: number | null): number | null => at(index)?.reduce((sum, count) => sum + count, 0) ?? null;
  const every = Math.max(1, Math.ceil(shownBands / Math.max(2, Math.floor(view.heightPx / 30))));
  const legend = (
    [
      ["p50", 0.5],
      ["p95", 0.95],
      ["p99", 0.99],
    ] as const
  ).map(([id, share]): LegendEntry => ({
    id,
    label: id,
    meaning: `${formatShare(share).value} % of the durations are at most this long`,
    look: { colorVariable: "--accent", pattern: "outlined" },
    isShown: true,
    numberAt: () => null,
    valueAt: (index) => ({ value: edgeAt(at(index) ?? [], share, edgesMs) ?? "–", unit: "" }),
    shareAt: () => null,
    beforeAt: () => null,
  }));
  return {
    isGap: (index) => (counts[index] ?? null) === null,
    isEmpty: most === 0,
    y: {
      max: shownBands,
      ticks: Array.from({ length: shownBands }, (_, offset) => offset)
        .filter((offset) => offset % every === 0 && edgesMs[bands.first + offset] !== undefined)
        .map((offset) => ({ at: offset + 1, label: edgeWords(edgesMs[bands.first + offset] ?? 0) })),
    },
    layers: [],
    cells,
    strengths: Array.from({ length: strengths }, (_, index) => ({
      strength: index + 1,
      from: Math.max(1, Math.ceil((most + 1) ** (index / strengths))),
    })),
    thresholds: [],
    legend,
    totalAt: (index) => {
      const count = total(index);
      return count === null ? null : `${formatCount(count)} in all`;
    },
    topAt: () => shownBands,
    columns: [
      ...Array.from({ length: shownBands }, (_, offset) => {
        const edge = edgesMs[bands.first + offset];
        return edge === undefined ? `over ${edgeWords(edgesMs.at(-1) ?? 0)}` : `≤ ${edgeWords(edge)}`;
      }),
      "All",
    ],
    cellsAt: (index) => [
      ...Array.from({ length: shownBands }, (_, offset) => formatCount(counts[index]?.[bands.first + offset] ?? 0)),
      formatCount(total(index) ?? 0),
    ],
    restWords: () => "Whole range",
    sentences: () =>
      [`${formatCount(total(null) ?? 0)} durations.`].concat(
        legend.map((entry) => `${entry.label} ${readAloud(entry.valueAt(null))}.`),
      ),
    notes: [],
  };
}
