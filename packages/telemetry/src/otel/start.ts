import { randomBytes } from "node:crypto";
import { type ExportResult, ExportResultCode, millisToHrTime } from "@opentelemetry/core";
import { OTLPMetricExporter } from "@opentelemetry/exporter-metrics-otlp-http";
import { OTLPTraceExporter } from "@opentelemetry/exporter-trace-otlp-http";
import { type Resource, resourceFromAttributes } from "@opentelemetry/resources";
import {
  AggregationTemporality,
  MeterProvider,
  type MetricProducer,
  PeriodicExportingMetricReader,
  type PushMetricExporter,
  type ResourceMetrics,
} from "@opentelemetry/sdk-metrics";
import type { Trace } from "../traces/types";
import { channels } from "@weir/core/channels";
import { catalogue } from "../metrics/catalogue";
import type { Figures } from "../metrics/figures";
import { toMetricData } from "./metric-data";
import { createSampling } from "./sampling";
import type { ExportSettings } from "./settings";
import { toSpans } from "./spans";
import { createTraceExport } from "./trace-export";

export type ExportOptions = {
  settings: ExportSettings;
  nodeId: string;
  version: string;
  /** What this process knows of itself. */
  figures: () => Figures;
  /** Hands over each trace that was kept, and each whose caller records it; returns the function that ends it. */
  onTrace: (listener: (trace: Trace) => void) => () => void;
  /** Hears, at most once a minute, that a collector takes nothing. */
  onTrouble: (what: "traces" | "metrics", error: Error | undefined) => void;
  /** How often traces are sent. */
  tracesEveryMs?: number;
};

export type TelemetryExport = {
  /** Sends what there is. Never rejects. */
  flush: () => Promise<void>;
  /** Sends what there is, for as long as `closeWithinMs` at most, and ends it. Never rejects. */
  close: () => Promise<void>;
};

const closeWithinMs = 2_000;
const troubleEveryMs = 60_000;
/** In one request; the event loop is held while they are written. */
const pointsPerRequest = 200;

function createResource({ settings, nodeId, version }: ExportOptions): Resource {
  return resourceFromAttributes({
    "service.version": version,
    "service.instance.id": nodeId,
    "process.runtime.name": "nodejs",
    "process.runtime.version": process.versions.node,
    "process.pid": process.pid,
    ...settings.resource,
    "service.name": settings.serviceName,
  });
}

function createTroubleReport(onTrouble: ExportOptions["onTrouble"]) {
  const lastMs = new Map<string, number>();
  return (what: "traces" | "metrics", error: Error | undefined): void => {
    channels.observer.publish({ counter: "exportFailures", value: 1 });
    const nowMs = performance.now();
    if (nowMs - (lastMs.get(what) ?? Number.NEGATIVE_INFINITY) < troubleEveryMs) return;
    lastMs.set(what, nowMs);
    onTrouble(what, error);
  };
}

function exportTraces(url: string, options: ExportOptions, resource: Resource, trouble: ExportOptions["onTrouble"]) {
  const { settings, onTrace, version, tracesEveryMs = 5_000 } = options;
  const exporter = new OTLPTraceExporter({ url, headers: settings.headers, timeoutMillis: settings.timeoutMs });
  const maker = { resource, scope: { name: "weir", version }, newSpanId: () => randomBytes(8).toString("hex") };
  const traces = createTraceExport({
    sink: exporter,
    toSpans: (trace) => toSpans(trace, maker),
    isWanted: createSampling(settings.sampler),
    report: (event) => {
      if ("sent" in event) return channels.observer.publish({ counter: "exportedSpans", value: event.sent });
      channels.observer.publish({ counter: "exportLostSpans", value: event.lost });
      if (event.reason === "not taken") trouble("traces", event.error);
    },
  });
  const end = onTrace((trace) => traces.add(trace));
  const timer = setInterval(() => void traces.flush(), tracesEveryMs);
  timer.unref();
  return {
    flush: () => traces.flush(),
    close: async () => {
      end();
      clearInterval(timer);
      await traces.flush();
      await exporter.shutdown();
    },
  };
}

/** The exporter, telling of what it could not send. */
function reporting(inner: OTLPMetricExporter, trouble: ExportOptions["onTrouble"]): PushMetricExporter {
  return {
    export: (metrics: ResourceMetrics, done: (result: ExportResult) => void) =>
      inner.export(metrics, (result) => {
        if (result.code !== ExportResultCode.SUCCESS) trouble("metrics", result.error);
        done(result);
      }),
    forceFlush: () => inner.forceFlush(),
    shutdown: () => inner.shutdown(),
    selectAggregationTemporality: () => AggregationTemporality.CUMULATIVE,
  };
}

function exportMetrics(url: string, options: ExportOptions, resource: Resource, trouble: ExportOptions["onTrouble"]) {
  const { settings, figures, version } = options;
  const { headers, timeoutMs, metricsEveryMs } = settings;
  const producer: MetricProducer = {
    collect: async () => {
      const now = figures();
      const span = { startTime: millisToHrTime(now.state.startedAtMs), endTime: millisToHrTime(Date.now()) };
      const metrics = catalogue
        .map((metric) => toMetricData(metric, now, span))
        .filter(({ dataPoints }) => dataPoints.length > 0);
      return {
        resourceMetrics: { resource, scopeMetrics: [{ scope: { name: "weir", version }, metrics }] },
        errors: [],
      };
    },
  };
  const reader = new PeriodicExportingMetricReader({
    exporter: reporting(new OTLPMetricExporter({ url, headers, timeoutMillis: timeoutMs }), trouble),
    exportIntervalMillis: metricsEveryMs,
    exportTimeoutMillis: Math.min(timeoutMs, metricsEveryMs),
    metricProducers: [producer],
    maxExportBatchSize: pointsPerRequest,
  });
  const provider = new MeterProvider({ resource, readers: [reader] });
  return { flush: () => provider.forceFlush(), close: () => provider.shutdown() };
}

async function within(ms: number, work: Promise<unknown>): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<void>((resolve) => {
    timer = setTimeout(resolve, ms);
  });
  await Promise.race([work.catch(() => undefined), late]);
  clearTimeout(timer);
}

/**
 * Exports what this process records to a collector of OpenTelemetry: traces a few seconds after they were kept, metrics
 * from the same accumulators as `/metrics`. Hears of both and is called by neither; a collector that is away or slow
 * costs what waits for it, which is bounded, counted as lost and told at most once a minute.
 */
export function startExport(options: ExportOptions): TelemetryExport {
  const { tracesUrl, metricsUrl } = options.settings;
  const resource = createResource(options);
  const trouble = createTroubleReport(options.onTrouble);
  const parts = [
    ...(tracesUrl === null ? [] : [exportTraces(tracesUrl, options, resource, trouble)]),
    ...(metricsUrl === null ? [] : [exportMetrics(metricsUrl, options, resource, trouble)]),
  ];
  const all = (work: (part: (typeof parts)[number]) => Promise<void>): Promise<unknown> =>
    Promise.allSettled(parts.map(work));
  return {
    flush: async () => void (await all((part) => part.flush())),
    close: () =>
      within(
        closeWithinMs,
        all((part) => part.close()),
      ),
  };
}
