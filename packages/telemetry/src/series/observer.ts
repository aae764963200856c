import { type ObserverCounter, observerCounters } from "@weir/core/channels";
import { Series, Sums } from "./fields";
import { metricsOf, type SeriesMetric, sumOver } from "./metric";

/** The cost and losses of telemetry itself, as sums. */
export class ObserverSeries extends Series {
  readonly #sums = this.field(new Sums(observerCounters));

  /** Flushes: one per process and second. */
  get count(): number {
    return this.#sums.get("flushes");
  }

  get isEmpty(): boolean {
    return this.#sums.areZero;
  }

  get(counter: ObserverCounter): number {
    return this.#sums.get(counter);
  }

  /**
   * Share of one core spent on recording, flushing and keeping traces, 0 to 1. Flushes are measured; recording is
   * estimated from the number of messages. Null before the first flush.
   */
  get cpuShare(): number | null {
    const elapsedUs = this.get("elapsedUs");
    return elapsedUs === 0 ? null : (this.get("recordUs") + this.get("flushUs") + this.get("traceUs")) / elapsedUs;
  }

  add(counter: ObserverCounter, value: number): void {
    this.#sums.take(counter, value);
  }
}

const { counter } = metricsOf<ObserverSeries>("observer");

const total = (name: string, help: string, of: ObserverCounter) =>
  counter({
    name,
    help,
    read: (series, emit) =>
      emit(
        [],
        sumOver(series, (one) => one.get(of)),
      ),
  });

/** Several counters under one name, distinguished by a label. */
const parts = (
  metric: string,
  help: string,
  label: string,
  of: Readonly<Record<string, ObserverCounter>>,
  factor = 1,
) =>
  counter({
    name: metric,
    help,
    labels: [label],
    read: (series, emit) => {
      for (const [part, name] of Object.entries(of)) emit([part], sumOver(series, (one) => one.get(name)) * factor);
    },
  });

/** The cost and losses of telemetry itself. */
export const observerMetrics: readonly SeriesMetric<ObserverSeries>[] = [
  counter({
    name: "weir_telemetry_dropped_total",
    help: "Measurements that were dropped.",
    read: (_series, emit, { dropped }) => emit([], dropped),
  }),
  counter({
    name: "weir_telemetry_capped_total",
    help: "Measurements counted under (other) because the series cap was reached.",
    labels: ["kind"],
    read: (_series, emit, { capped }) => {
      for (const [kind, messages] of Object.entries(capped)) emit([kind], messages);
    },
  }),
  total("weir_telemetry_messages_total", "Measurements recorded.", "messages"),
  parts(
    "weir_telemetry_cpu_seconds_total",
    "CPU time spent on telemetry; recording time is estimated.",
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
  total("weir_telemetry_failed_writes_total", "Writes to Redis that failed.", "failedWrites"),
  total("weir_telemetry_slots_late_total", "Slots stored late.", "slotsLate"),
  total("weir_telemetry_traces_kept_total", "Traces kept.", "tracesKept"),
  total("weir_telemetry_traces_dropped_total", "Traces selected for keeping but lost.", "tracesDropped"),
  total("weir_telemetry_listener_failures_total", "Failures of channel listeners.", "listenerFailures"),
  total("weir_telemetry_exported_spans_total", "Spans accepted by the OpenTelemetry collector.", "exportedSpans"),
  total("weir_telemetry_export_lost_spans_total", "Spans lost before they could be exported.", "exportLostSpans"),
  total("weir_telemetry_export_failures_total", "Exports to the collector that failed.", "exportFailures"),
  total("weir_telemetry_failed_flushes_total", "Flushes that failed before anything was sent.", "failedFlushes"),
];
