import { type Attributes, type HrTime, ValueType } from "@opentelemetry/api";
import { AggregationTemporality, type DataPoint, DataPointType, type MetricData } from "@opentelemetry/sdk-metrics";
import type { Metric, ProcessSnapshot } from "../metrics/catalogue";
import { edgesOf, type LabelValues, type Unit, upToEdges } from "../series/metric";
import type { Histogram } from "@weir/core/sketches/histogram";
import type { Magnitudes } from "@weir/core/sketches/magnitudes";

type Span = { startTime: HrTime; endTime: HrTime };

const units: Readonly<Record<NonNullable<Unit>, string>> = { seconds: "s", bytes: "By", ratio: "1" };

/** `weir_rpc_pool_wait_seconds_total` becomes `weir.rpc.pool_wait`: OpenTelemetry has separate fields for unit and kind. */
export function otelName({ name }: Pick<Metric, "name">): string {
  const [room = "", subject = "", ...rest] = name
    .replace(/_total$/, "")
    .replace(/_(seconds|bytes)$/, "")
    .split("_");
  return [room, subject, ...(rest.length === 0 ? [] : [rest.join("_")])].join(".");
}

/**
 * Durations are in milliseconds: our bucket bounds are powers of 2^(1/8) of a millisecond, as at scale 3, so that
 * nothing is lost. In seconds, the bounds would not align.
 */
function exponential(histogram: Histogram) {
  const { zeroCount, offset, counts } = histogram.exponential();
  return {
    count: histogram.count,
    sum: histogram.sumMs,
    ...(histogram.count > 0 && { max: histogram.maxMs }),
    scale: 3,
    zeroCount,
    positive: { offset, bucketCounts: counts },
    negative: { offset: 0, bucketCounts: [] },
  };
}

function explicit(magnitudes: Magnitudes, boundaries: readonly number[]) {
  const upTo = upToEdges(magnitudes, boundaries);
  const counts = [...upTo, magnitudes.count].map((count, place) => count - (upTo[place - 1] ?? 0));
  return {
    count: magnitudes.count,
    sum: magnitudes.sum,
    ...(magnitudes.count > 0 && { max: magnitudes.max }),
    buckets: { boundaries: [...boundaries], counts },
  };
}

/** One metric of the catalogue with all its points, as the SDK passes it to exporters; cumulative since process start. */
export function toMetricData(metric: Metric, snapshot: ProcessSnapshot, { startTime, endTime }: Span): MetricData {
  const unit = metric.type === "histogram" ? "ms" : metric.unit === null ? "" : units[metric.unit];
  const descriptor = { name: otelName(metric), description: metric.help, unit };
  const whole = { ...descriptor, valueType: ValueType.INT };
  const real = { ...descriptor, valueType: ValueType.DOUBLE };
  const aggregationTemporality = AggregationTemporality.CUMULATIVE;
  const attributesOf = (values: LabelValues): Attributes =>
    Object.fromEntries(metric.labels.map((label, place) => [label, values[place] ?? ""]));
  const point = <Value>(values: LabelValues, value: Value): DataPoint<Value> => ({
    startTime,
    endTime,
    attributes: attributesOf(values),
    value,
  });
  switch (metric.type) {
    case "histogram": {
      const dataPoints: DataPoint<ReturnType<typeof exponential>>[] = [];
      metric.read(snapshot, (values, histogram) => dataPoints.push(point(values, exponential(histogram))));
      const dataPointType = DataPointType.EXPONENTIAL_HISTOGRAM;
      return { descriptor: real, aggregationTemporality, dataPointType, dataPoints };
    }
    case "magnitudes": {
      const dataPoints: DataPoint<ReturnType<typeof explicit>>[] = [];
      const edges = edgesOf(metric);
      metric.read(snapshot, (values, magnitudes) => dataPoints.push(point(values, explicit(magnitudes, edges))));
      return { descriptor: whole, aggregationTemporality, dataPointType: DataPointType.HISTOGRAM, dataPoints };
    }
    case "counter":
    case "gauge": {
      const dataPoints: DataPoint<number>[] = [];
      metric.read(snapshot, (values, value) => dataPoints.push(point(values, value)));
      return metric.type === "gauge"
        ? { descriptor: real, aggregationTemporality, dataPointType: DataPointType.GAUGE, dataPoints }
        : { descriptor: real, aggregationTemporality, dataPointType: DataPointType.SUM, isMonotonic: true, dataPoints };
    }
  }
}
