import type { ChartMarker, HeatMapSource, LinesSource, StackSource } from "@/ui/charts/chart-source";
import { outcomeLooks } from "@/ui/charts/outcomes";

/** The samples do not depend on the time of day, so that two pictures of the page are the same. */
export const sampleFromMs = Date.UTC(2026, 2, 28, 18);

/** Between -1 and 1, the same for the same numbers, without a visible period. */
const noise = (seed: number, index: number): number =>
  Math.sin(seed * 12.9898 + index * 78.233 + Math.sin(index) * 43.7);
const iso = (atMs: number): string => new Date(atMs).toISOString();

type Time = { fromMs?: number; stepMs?: number; length?: number; isFilling?: boolean };
const timeOf = ({ fromMs = sampleFromMs, stepMs = 60_000, length = 60, isFilling = true }: Time) => ({
  length,
  period: { from: iso(fromMs), to: iso(fromMs + length * stepMs - (isFilling ? stepMs * 0.4 : 0)), stepMs },
  at: (index: number): string => iso(fromMs + index * stepMs),
});

const wave = (seed: number, base: number, length: number, shift = 0): number[] =>
  Array.from(
    { length },
    (_, index) => base * (1 + 0.25 * noise(seed, index + shift) + 0.2 * Math.sin((index + shift) / 9)),
  );

/** Percentiles of a latency, with a slow phase, as a dashboard usually shows them. */
export function latencySample(time: Time = {}, shift = 0): LinesSource {
  const { length, period } = timeOf(time);
  const slow = (index: number): number => (index > length * 0.55 && index < length * 0.7 ? 3 : 1);
  const of = (seed: number, base: number): number[] =>
    wave(seed, base, length, shift).map((value, index) => value * slow(index));
  return {
    ...period,
    shape: "lines",
    title: "Query latency",
    unit: "ms",
    series: [
      { id: "p50", label: "p50", values: of(1, 2.1), look: { colorVariable: "--series-3", pattern: "solid" } },
      { id: "p95", label: "p95", values: of(2, 9), look: { colorVariable: "--series-1", pattern: "solid" } },
      { id: "p99", label: "p99", values: of(3, 15), look: { colorVariable: "--series-2", pattern: "solid" } },
    ],
    thresholds: [{ value: 50, label: "Warning from 50 ms", level: "watch" }],
  };
}

/** Gaps on both sides, a lone value, and hours with few samples. */
export function sparseSample(): LinesSource {
  const { series, ...rest } = latencySample();
  const isGap = (index: number): boolean => index < 8 || (index > 20 && index < 26 && index !== 23) || index === 40;
  return {
    ...rest,
    title: "Gaps and few samples",
    thresholds: [],
    series: series.map((one) => ({ ...one, values: one.values.map((value, at) => (isGap(at) ? null : value)) })),
    samples: Array.from({ length: 60 }, (_, index) => (isGap(index) ? null : index > 28 && index < 38 ? 7 : 400)),
  };
}

/** The period before as a ghost, over a change to summer time. */
export function comparedSample(): LinesSource {
  const time = { fromMs: Date.UTC(2026, 2, 28, 12), stepMs: 3_600_000, length: 36 };
  const { period } = timeOf(time);
  return {
    shape: "lines",
    title: "Requests",
    unit: "perSecond",
    ...period,
    series: [{ id: "calls", label: "Calls", values: wave(4, 420, 36), before: wave(5, 340, 36) }],
    before: { from: iso(time.fromMs - 36 * 3_600_000), stepMs: time.stepMs },
  };
}

/** A share, with all three kinds of markers. */
export function markedSample(): LinesSource {
  const { at, length, period } = timeOf({});
  const markers: ChartMarker[] = [
    { id: "d", at: at(11), kind: "deploy", label: "1.4.0", sentence: "Deployed 1.4.0 to three nodes" },
    {
      id: "i",
      at: at(24),
      kind: "invalidation",
      label: "purge tags order:*",
      sentence: "Purge of tags order:* by ada@weir.example",
    },
    {
      id: "l",
      at: at(36),
      until: at(46),
      kind: "lab",
      label: "Lab run 12",
      sentence: "Lab run 12: 200 requests per second",
    },
  ];
  return {
    ...period,
    shape: "lines",
    title: "Hit rate",
    unit: "ratio",
    series: [
      {
        id: "hit",
        label: "Hit rate",
        values: Array.from({ length }, (_, index) => 0.97 - (index > 23 && index < 34 ? (34 - index) * 0.04 : 0)),
        overall: 0.934,
      },
    ],
    markers,
  };
}

const shares = [0.62, 0.14, 0.02, 0.05, 0.03, 0.1, 0.01, 0.03];

/** The outcomes of cache reads, all eight of them. */
export function outcomesSample(time: Time = {}, shift = 0): StackSource {
  const { length, period } = timeOf(time);
  return {
    ...period,
    shape: "stack",
    title: "Cache reads",
    unit: "count",
    totalLabel: "reads",
    series: outcomeLooks.map(({ name, label, meaning, colorVariable, pattern }, index) => ({
      id: name,
      label,
      meaning,
      look: { colorVariable, pattern },
      values: wave(index + 1, 1_200 * (shares[index] ?? 0), length, shift).map((value) =>
        Math.round(Math.max(0, value)),
      ),
    })),
  };
}

/** Two clusters of durations: cache hits and loads. */
export function heatSample(): HeatMapSource {
  const { length, period } = timeOf({});
  const edgesMs = Array.from({ length: 16 }, (_, index) => 2 ** (index - 5));
  const bell = (band: number, middle: number, width: number): number => Math.exp(-((band - middle) ** 2) / width);
  return {
    ...period,
    shape: "heatMap",
    title: "Request latency",
    edgesMs,
    counts: Array.from({ length }, (_, index) =>
      index > 30 && index < 33
        ? null
        : Array.from({ length: edgesMs.length + 1 }, (__, band) =>
            Math.floor(
              900 * bell(band, 3 + 0.4 * noise(6, index), 1.2) +
                70 * bell(band, 9 + (index > 40 && index < 50 ? 3 : 0) + 0.6 * noise(7, index), 2),
            ),
          ),
    ),
  };
}

/** Nothing was measured. */
export function emptySample(): LinesSource {
  const { series, ...rest } = latencySample();
  return { ...rest, thresholds: [], series: series.map((one) => ({ ...one, values: one.values.map(() => null) })) };
}

export type SampleRow = { name: string; calls: number; p95Ms: number | null; share: number; caller: string };

/** As many rows as asked for; the third has no timing. */
export function sampleRows(count: number): SampleRow[] {
  const verbs = ["list", "byId", "search", "count", "recent", "update"];
  const nouns = ["order", "invoice", "customer", "product", "shipment", "refund", "stock"];
  return Array.from({ length: count }, (_, index) => {
    const noun = nouns[index % nouns.length] ?? "order";
    return {
      name: `${noun}.${verbs[index % verbs.length] ?? "list"}${index < 42 ? "" : `.${index}`}`,
      calls: Math.round(40_000 / (index + 1)) + (index % 17),
      p95Ms: index === 2 ? null : 1.5 + 60 * Math.abs(noise(8, index)),
      share: 1 / (index + 2),
      caller: `${noun}.page`,
    };
  });
}
