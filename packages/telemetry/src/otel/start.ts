import { randomBytes } from "node:crypto";
import { withTimeout } from "@weir/core/deadlines";
import { timerMs } from "@weir/core/timers";
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
import type { ProcessSnapshot } from "../metrics/catalogue";
import { toMetricData } from "./metric-data";
import type { ExportSettings, SamplerSettings } from "./open";
import { toSpans } from "./spans";
import { ROOT_CONTEXT, SpanKind, trace as traceApi, TraceFlags } from "@opentelemetry/api";
import {
  AlwaysOffSampler,
  AlwaysOnSampler,
  ParentBasedSampler,
  type ReadableSpan,
  type Sampler,
  SamplingDecision,
  TraceIdRatioBasedSampler,
} from "@opentelemetry/sdk-trace-base";

export type ExportOptions = {
  settings: ExportSettings;
  nodeId: string;
  version: string;
  /** The current state of this process; null if it records no metrics. */
  snapshot: (() => ProcessSnapshot) | null;
  /** Subscribes to kept traces and those the caller records; returns the unsubscribe function. Null if tracing is off. */
  onTrace: ((listener: (trace: Trace) => void) => () => void) | null;
  /** Called at most once a minute while a collector does not accept data. */
  onFailure: (what: "traces" | "metrics", error: Error | undefined) => void;
  /** How often traces are sent. */
  tracesEveryMs?: number;
};

export type TelemetryExport = {
  /** Sends everything that is waiting. Never rejects. */
  flush: () => Promise<void>;
  /** Sends everything that is waiting, for at most `closeWithinMs`, then stops. Never rejects. */
  close: () => Promise<void>;
};

const closeWithinMs = 2_000;
const failureReportEveryMs = 60_000;
/** Maximum spans per request; serialising them blocks the event loop. */
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

function createFailureReport(onFailure: ExportOptions["onFailure"]) {
  const lastMs = new Map<string, number>();
  return (what: "traces" | "metrics", error: Error | undefined): void => {
    channels.observer.publish({ counter: "exportFailures", value: 1 });
    const nowMs = performance.now();
    if (nowMs - (lastMs.get(what) ?? Number.NEGATIVE_INFINITY) < failureReportEveryMs) return;
    lastMs.set(what, nowMs);
    onFailure(what, error);
  };
}

function exportTraces(
  url: string,
  onTrace: NonNullable<ExportOptions["onTrace"]>,
  options: ExportOptions,
  resource: Resource,
  reportFailure: ExportOptions["onFailure"],
) {
  const { settings, version, tracesEveryMs = 5_000 } = options;
  const exporter = new OTLPTraceExporter({ url, headers: settings.headers, timeoutMillis: settings.timeoutMs });
  const maker = { resource, scope: { name: "weir", version }, newSpanId: () => randomBytes(8).toString("hex") };
  const traces = createTraceExport({
    sink: exporter,
    toSpans: (trace) => toSpans(trace, maker),
    isWanted: createSampling(settings.sampler),
    report: (event) => {
      if ("sent" in event) return channels.observer.publish({ counter: "exportedSpans", value: event.sent });
      channels.observer.publish({ counter: "exportLostSpans", value: event.lost });
      if (event.reason === "not accepted") reportFailure("traces", event.error);
    },
  });
  const end = onTrace((trace) => traces.add(trace));
  const timer = setInterval(() => void traces.flush(), timerMs(tracesEveryMs));
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

/** Wraps the exporter to report what it could not send. */
function reporting(inner: OTLPMetricExporter, reportFailure: ExportOptions["onFailure"]): PushMetricExporter {
  return {
    export: (metrics: ResourceMetrics, done: (result: ExportResult) => void) =>
      inner.export(metrics, (result) => {
        if (result.code !== ExportResultCode.SUCCESS) reportFailure("metrics", result.error);
        done(result);
      }),
    forceFlush: () => inner.forceFlush(),
    shutdown: () => inner.shutdown(),
    selectAggregationTemporality: () => AggregationTemporality.CUMULATIVE,
  };
}

function exportMetrics(
  url: string,
  snapshot: NonNullable<ExportOptions["snapshot"]>,
  options: ExportOptions,
  resource: Resource,
  reportFailure: ExportOptions["onFailure"],
) {
  const { settings, version } = options;
  const { headers, timeoutMs, metricsEveryMs } = settings;
  const producer: MetricProducer = {
    collect: async () => {
      const now = snapshot();
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
    exporter: reporting(new OTLPMetricExporter({ url, headers, timeoutMillis: timeoutMs }), reportFailure),
    exportIntervalMillis: metricsEveryMs,
    exportTimeoutMillis: Math.min(timeoutMs, metricsEveryMs),
    metricProducers: [producer],
    maxExportBatchSize: pointsPerRequest,
  });
  const provider = new MeterProvider({ resource, readers: [reader] });
  return { flush: () => provider.forceFlush(), close: () => provider.shutdown() };
}

/**
 * Exports what this process records to an OpenTelemetry collector: traces a few seconds after they are kept, metrics
 * from the same accumulators as `/metrics`. It only subscribes, so recording never calls it. A slow or unavailable
 * collector costs a bounded queue; losses are counted and logged at most once a minute.
 */
export function startExport(options: ExportOptions): TelemetryExport {
  const { onTrace, snapshot } = options;
  const { tracesUrl, metricsUrl } = options.settings;
  const resource = createResource(options);
  const reportFailure = createFailureReport(options.onFailure);
  const parts = [
    ...(tracesUrl === null || onTrace === null
      ? []
      : [exportTraces(tracesUrl, onTrace, options, resource, reportFailure)]),
    ...(metricsUrl === null || snapshot === null
      ? []
      : [exportMetrics(metricsUrl, snapshot, options, resource, reportFailure)]),
  ];
  const all = (work: (part: (typeof parts)[number]) => Promise<void>): Promise<unknown> =>
    Promise.allSettled(parts.map(work));
  return {
    flush: async () => void (await all((part) => part.flush())),
    close: () =>
      withTimeout(
        all((part) => part.close()),
        closeWithinMs,
      ).then(
        () => undefined,
        () => undefined,
      ),
  };
}

function createSampler({ root, ratio, parentBased }: SamplerSettings): Sampler {
  const own = {
    always_on: () => new AlwaysOnSampler(),
    always_off: () => new AlwaysOffSampler(),
    traceidratio: () => new TraceIdRatioBasedSampler(ratio),
  }[root]();
  return parentBased ? new ParentBasedSampler({ root: own }) : own;
}

/** Decides whether a trace is exported, using the SDK's samplers. */
function createSampling(settings: SamplerSettings): (trace: Trace) => boolean {
  const sampler = createSampler(settings);
  return ({ id: traceId, parentSpanId, isSampledByCaller, procedure }) => {
    const traceFlags = isSampledByCaller ? TraceFlags.SAMPLED : TraceFlags.NONE;
    const context =
      parentSpanId === null
        ? ROOT_CONTEXT
        : traceApi.setSpanContext(ROOT_CONTEXT, { traceId, spanId: parentSpanId, traceFlags, isRemote: true });
    const { decision } = sampler.shouldSample(context, traceId, procedure, SpanKind.SERVER, {}, []);
    return decision === SamplingDecision.RECORD_AND_SAMPLED;
  };
}

/** The part of the SDK's exporter that is used. */
export type SpanSink = {
  export: (spans: ReadableSpan[], done: (result: ExportResult) => void) => void;
  shutdown: () => Promise<void>;
};

export type TraceExportOptions = {
  sink: SpanSink;
  toSpans: (trace: Trace) => ReadableSpan[];
  isWanted: (trace: Trace) => boolean;
  /** Called for spans that were sent, and for lost spans with the reason. */
  report: (event: { sent: number } | { lost: number; reason: "queue full" | "not accepted"; error?: Error }) => void;
  /** Maximum spans waiting. */
  maxWaiting?: number;
  /** Approximate spans per request; serialising them blocks the event loop. */
  batchSpans?: number;
};

export type TraceExport = {
  add: (trace: Trace) => void;
  /** Sends what is waiting; does nothing while a request is in flight. Never rejects. */
  flush: () => Promise<void>;
};

/**
 * The queue of traces to a collector. The queue is bounded, with one request in flight at a time; spans that the collector
 * does not accept are lost and counted. Recording never waits for it.
 */
function createTraceExport(options: TraceExportOptions): TraceExport {
  const { sink, isWanted, report, maxWaiting = 8_192, batchSpans = 512 } = options;
  let waiting: Trace[] = [];
  let waitingSpans = 0;
  let sending: Promise<void> | null = null;

  function take(): ReadableSpan[] {
    const spans: ReadableSpan[] = [];
    let taken = 0;
    for (const trace of waiting) {
      if (spans.length > 0 && spans.length + trace.spans.length > batchSpans) break;
      spans.push(...options.toSpans(trace));
      waitingSpans -= trace.spans.length;
      taken += 1;
    }
    waiting = waiting.slice(taken);
    return spans;
  }

  const send = (spans: ReadableSpan[]): Promise<ExportResult> =>
    new Promise((resolve) => {
      try {
        sink.export(spans, resolve);
      } catch (error) {
        resolve({ code: ExportResultCode.FAILED, error: error instanceof Error ? error : new Error(String(error)) });
      }
    });

  async function sendAll(): Promise<void> {
    while (waiting.length > 0) {
      const spans = take();
      const { code, error } = await send(spans);
      if (code === ExportResultCode.SUCCESS) report({ sent: spans.length });
      else report({ lost: spans.length, reason: "not accepted", ...(error !== undefined && { error }) });
    }
  }

  return {
    add: (trace) => {
      if (!isWanted(trace)) return;
      if (waitingSpans + trace.spans.length > maxWaiting) {
        report({ lost: trace.spans.length, reason: "queue full" });
        return;
      }
      waiting.push(trace);
      waitingSpans += trace.spans.length;
    },
    flush: () =>
      (sending ??= sendAll().finally(() => {
        sending = null;
      })),
  };
}
