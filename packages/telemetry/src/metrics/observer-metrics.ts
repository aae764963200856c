import type { ObserverCounter } from "@weir/core/channels";
import { kinds } from "../series/kinds";
import type { Figures } from "./process-snapshot";
import { counter, type Metric, type NumberMetric } from "./metric";

function sumOf({ series }: Figures, name: ObserverCounter): number {
  let sum = 0;
  for (const observer of series.observer.values()) sum += observer.get(name);
  return sum;
}

const total = (name: string, help: string, of: ObserverCounter): NumberMetric =>
  counter({ name, help, read: (figures, emit) => emit([], sumOf(figures, of)) });

/** Several counters under one name, told apart by a label. */
const parts = (
  name: string,
  help: string,
  label: string,
  of: Readonly<Record<string, ObserverCounter>>,
  factor = 1,
): NumberMetric =>
  counter({
    name,
    help,
    labels: [label],
    read: (figures, emit) => {
      for (const [part, one] of Object.entries(of)) emit([part], sumOf(figures, one) * factor);
    },
  });

/** What observing costs and misses. */
export const observerMetrics: readonly Metric[] = [
  counter({
    name: "weir_telemetry_dropped_total",
    help: "Measurements that recording had to leave out.",
    read: ({ dropped }, emit) => emit([], dropped),
  }),
  counter({
    name: "weir_telemetry_capped_total",
    help: "Measurements that were counted under (other), for want of a place for another name.",
    labels: ["kind"],
    read: ({ capped }, emit) => {
      for (const kind of kinds) emit([kind], capped[kind]);
    },
  }),
  total("weir_telemetry_messages_total", "Measurements that were recorded.", "messages"),
  parts(
    "weir_telemetry_cpu_seconds_total",
    "CPU time that observing took; for recording an estimate.",
    "part",
    { record: "recordUs", flush: "flushUs", trace: "traceUs" },
    1e-6,
  ),
  parts("weir_telemetry_written_bytes_total", "Bytes written to Redis.", "what", {
    slots_5s: "fineBytes",
    slots_1m: "coarseBytes",
    texts: "textBytes",
    traces: "traceBytes",
  }),
  total("weir_telemetry_flushes_total", "Flushes to Redis.", "flushes"),
  total("weir_telemetry_redis_commands_total", "Commands sent to Redis.", "commands"),
  total("weir_telemetry_failed_writes_total", "Writes that Redis did not take.", "failedWrites"),
  total("weir_telemetry_slots_late_total", "Slots that were stored late.", "slotsLate"),
  total("weir_telemetry_traces_kept_total", "Traces that were kept.", "tracesKept"),
  total("weir_telemetry_traces_dropped_total", "Traces that were to be kept and were lost.", "tracesDropped"),
  total("weir_telemetry_listener_failures_total", "Times that a listener failed.", "listenerFailures"),
  total("weir_telemetry_exported_spans_total", "Spans that a collector of OpenTelemetry took.", "exportedSpans"),
  total("weir_telemetry_export_lost_spans_total", "Spans that were to be exported and were lost.", "exportLostSpans"),
  total("weir_telemetry_export_failures_total", "Exports that a collector did not take.", "exportFailures"),
  total("weir_telemetry_failed_flushes_total", "Flushes that failed before anything was sent.", "failedFlushes"),
];
