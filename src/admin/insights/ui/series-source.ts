import type { InsightMark } from "@/admin/insights/contract/overview";
import type { InsightCoverage } from "@/admin/insights/contract/range";
import type { HeatMap, InsightsSeries, WantedSeries } from "@/admin/insights/contract/series";
import type {
  ChartMarker,
  ChartSeries,
  ChartThreshold,
  HeatMapSource,
  LinesSource,
  SeriesLook,
  StackSource,
} from "@/ui/charts/chart-source";

/** A series of the server, and how a chart shows it. */
export type ChartedSeries = {
  wanted: WantedSeries;
  label: string;
  meaning?: string;
  look?: SeriesLook;
};

/** The invalidations of a range as markers; null when they could not be read. */
export function toMarkers(marks: readonly InsightMark[] | null): ChartMarker[] | null {
  return (
    marks?.map(({ id, at, mode, target, by }) => ({
      id,
      at,
      kind: "invalidation" as const,
      label: `${mode} ${target}`,
      sentence: `${mode === "purge" ? "Purge" : "Expiry"} of ${target} by ${by}`,
    })) ?? null
  );
}

/** What a chart says of data that could not be read. */
const missingWords: Readonly<Record<InsightCoverage["missing"][number]["why"], string>> = {
  redis: "Redis did not respond, so recent values are missing.",
  postgres: "Postgres did not respond, so older values are missing.",
  deadline: "Reading took too long, so some values are missing.",
  "not-kept": "Part of this range is past its retention.",
  "per-node": "Single nodes are kept for a few hours only, so older values are missing.",
  undecodable: "Some stored values could not be read.",
};

const toNotes = ({ coverage }: InsightsSeries): string[] =>
  [...new Set(coverage.missing.map(({ why }) => why))].map((why) => missingWords[why]);

type Common = Pick<LinesSource, "title" | "from" | "to" | "stepMs" | "markers" | "notes">;
const toCommon = (title: string, data: InsightsSeries): Common => ({
  title,
  from: data.from,
  to: data.to,
  stepMs: data.stepMs,
  markers: toMarkers(data.marks),
  notes: toNotes(data),
});

function toSeries(charted: readonly ChartedSeries[], data: InsightsSeries): ChartSeries[] {
  return charted.flatMap(({ wanted, label, meaning, look }, index): ChartSeries[] => {
    const drawn = data.series[index];
    // The answer to an earlier input may be shorter.
    if (drawn === undefined) return [];
    return [
      {
        id: `${wanted.kind}.${wanted.name}.${wanted.field}`,
        label,
        values: drawn.values,
        before: drawn.before,
        ...(meaning === undefined ? {} : { meaning }),
        ...(look === undefined ? {} : { look }),
      },
    ];
  });
}

const samplesOf = (charted: readonly ChartedSeries[], data: InsightsSeries, hasSamples: boolean) =>
  hasSamples ? (data.series[charted.length]?.values ?? null) : null;

/** Lines; with the previous period where it was requested. The samples come last in the answer. */
export function toLinesSource(
  title: string,
  charted: readonly ChartedSeries[],
  data: InsightsSeries,
  { hasSamples, thresholds }: { hasSamples: boolean; thresholds: readonly ChartThreshold[] },
): LinesSource {
  return {
    ...toCommon(title, data),
    shape: "lines",
    unit: data.series[0]?.unit ?? "number",
    series: toSeries(charted, data),
    samples: samplesOf(charted, data, hasSamples),
    thresholds,
    before: data.before,
  };
}

/** Areas. A stack has no previous period: two stacks on top of each other cannot be read. */
export function toStackSource(
  title: string,
  charted: readonly ChartedSeries[],
  data: InsightsSeries,
  { hasSamples, totalLabel }: { hasSamples: boolean; totalLabel: string },
): StackSource {
  const unit = data.series[0]?.unit;
  return {
    ...toCommon(title, data),
    shape: "stack",
    unit: unit === "perSecond" || unit === "bytes" ? unit : "count",
    totalLabel,
    series: toSeries(charted, data),
    samples: samplesOf(charted, data, hasSamples),
  };
}

export function toHeatMapSource(title: string, data: InsightsSeries, { edgesMs, counts }: HeatMap): HeatMapSource {
  return { ...toCommon(title, data), shape: "heatMap", edgesMs, counts };
}
