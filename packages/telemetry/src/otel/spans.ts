import { type Attributes, type SpanContext, SpanKind, SpanStatusCode, TraceFlags } from "@opentelemetry/api";
import { addHrTimes, type InstrumentationScope, millisToHrTime } from "@opentelemetry/core";
import type { Resource } from "@opentelemetry/resources";
import type { ReadableSpan } from "@opentelemetry/sdk-trace-base";
import type { SpanKind as OurKind, Trace, TraceSpan } from "../traces/types";
import { isServerFault } from "@weir/core/errors";

export type SpanMaker = {
  resource: Resource;
  scope: InstrumentationScope;
  /** Sixteen hexadecimal digits, different each time. */
  newSpanId: () => string;
};

/** Spans of requests to another server are client spans. */
const kindOf: Readonly<Partial<Record<OurKind, SpanKind>>> = {
  request: SpanKind.SERVER,
  statement: SpanKind.CLIENT,
  redis: SpanKind.CLIENT,
};

/** Names from the semantic conventions where they exist, otherwise under `weir.`. */
function attributesOf(span: TraceSpan, { texts }: Trace): Attributes {
  const { kind, name } = span;
  const shared: Attributes = span.shared === undefined ? {} : { "weir.shared_by": span.shared };
  switch (kind) {
    case "procedure":
      return { "rpc.system.name": "trpc", "rpc.method": name };
    case "cache":
      return { "weir.cache.group": name, "weir.cache.outcome": span.outcome, "weir.cache.tier": span.tier };
    case "load":
      return { "weir.cache.group": name, "weir.cache.keys": span.keys, "weir.cache.background": span.background };
    case "statement":
      return {
        "db.system.name": "postgresql",
        "db.query.summary": name,
        "db.query.text": texts[name],
        "db.response.returned_rows": span.rows,
        ...shared,
      };
    case "redis":
      return { "db.system.name": "redis", "db.operation.name": name.slice(name.indexOf(" ") + 1), ...shared };
    case "serialise":
      return { "weir.bytes": span.bytes };
    case "request":
    case "compute":
    case "pool":
      return shared;
  }
}

function attributesOfTrace(trace: Trace): Attributes {
  return {
    "weir.request_id": trace.requestId,
    "weir.origin": trace.origin,
    "weir.calls": trace.calls,
    "weir.kept_as": trace.kinds,
    "weir.spans_omitted": trace.omitted,
    "weir.repeated_statements": trace.repeats.map(({ statement }) => statement),
  };
}

/** A rejected call is a valid response: only server faults are errors of the server span. */
function statusOf({ kind, ok, errorCode }: TraceSpan): ReadableSpan["status"] {
  const failed = !ok && ((kind !== "request" && kind !== "procedure") || isServerFault(errorCode ?? "UNKNOWN"));
  return { code: failed ? SpanStatusCode.ERROR : SpanStatusCode.UNSET };
}

/**
 * Converts a trace to OpenTelemetry spans. The first span has the trace's span ID, with the caller's span
 * as its parent. Statement values are never included.
 */
export function toSpans(trace: Trace, { resource, scope, newSpanId }: SpanMaker): ReadableSpan[] {
  const began = millisToHrTime(trace.startedAtMs);
  const contextOf = (spanId: string): SpanContext => ({ traceId: trace.id, spanId, traceFlags: TraceFlags.SAMPLED });
  const contexts = trace.spans.map((_span, place) => contextOf(place === 0 ? trace.spanId : newSpanId()));
  const caller: SpanContext | undefined =
    trace.parentSpanId === null ? undefined : { ...contextOf(trace.parentSpanId), isRemote: true };
  return trace.spans.map((span, place): ReadableSpan => {
    const context = contexts[place] ?? contextOf(newSpanId());
    const parent = span.parent === null ? caller : contexts[span.parent];
    const startTime = addHrTimes(began, millisToHrTime(span.startMs));
    const duration = millisToHrTime(span.durationMs);
    const error: Attributes = span.ok ? {} : { "error.type": span.errorCode ?? "error" };
    const root = place === 0 ? attributesOfTrace(trace) : {};
    return {
      name: place === 0 ? trace.procedure : `${span.kind} ${span.name}`,
      kind: kindOf[span.kind] ?? SpanKind.INTERNAL,
      spanContext: () => context,
      ...(parent !== undefined && { parentSpanContext: parent }),
      startTime,
      endTime: addHrTimes(startTime, duration),
      duration,
      status: statusOf(span),
      attributes: { ...attributesOf(span, trace), ...root, ...error },
      links: [],
      events: [],
      ended: true,
      resource,
      instrumentationScope: scope,
      droppedAttributesCount: 0,
      droppedEventsCount: 0,
      droppedLinksCount: 0,
    };
  });
}
