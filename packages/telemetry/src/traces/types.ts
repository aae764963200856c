import type { Repeat } from "@weir/core/repeats";

/**
 * Why a trace was kept: among the slowest of its procedure and minute on its node, a server fault (caller errors are
 * kept only by the sample), part of the random sample, or the worst repeat of a statement in its minute.
 */
export const traceKinds = ["slowest", "failed", "sampled", "repeated"] as const;
export type TraceKind = (typeof traceKinds)[number];

/** Kinds of spans. Stored by position: add a new kind at the end. */
export const spanKinds = [
  /** The whole request: the first span, and the only one without a parent. */
  "request",
  /** One procedure call in the request. */
  "procedure",
  /** One key read, with its outcome. */
  "cache",
  /** One load started by the read. */
  "load",
  /** The wait for a database connection. */
  "pool",
  /** From the permit to the last row. */
  "statement",
  "redis",
  "compute",
  /** Serialisation of a response to JSON. */
  "serialise",
] as const;
export type SpanKind = (typeof spanKinds)[number];

export const readOutcomes = ["hit", "stale", "negative", "coalesced", "miss", "error", "bypass"] as const;

/** One time span. Attributes that do not apply to a kind are absent. */
export type TraceSpan = {
  kind: SpanKind;
  /** Procedure path, cache group, statement name, or `<connection> <COMMAND>` for Redis. */
  name: string;
  /** Index of the parent span; null for the first. */
  parent: number | null;
  /** Relative to the start of the trace. */
  startMs: number;
  durationMs: number;
  ok: boolean;
  /** `procedure`: tRPC error code, if it failed. */
  errorCode?: string;
  /** `cache`: outcome of the read, and the tier that served it. */
  outcome?: (typeof readOutcomes)[number];
  tier?: "l1" | "l2";
  /** `load`: number of keys requested. */
  keys?: number;
  /** `load`: true for a background refresh. */
  background?: true;
  /** `statement`. */
  rows?: number;
  /** `statement`: its values, shortened; only in development with TRACE_PARAMETERS=shown. */
  parameters?: string[];
  /** `statement`, `pool` and `redis`: number of requests it served, including this one; absent if only this one. */
  shared?: number;
  /** `serialise`. */
  bytes?: number;
};

/** A trace as shown in a list. */
export type TraceSummary = {
  /** W3C Trace Context trace ID: 32 hexadecimal digits. */
  id: string;
  requestId: string;
  nodeId: string;
  origin: "app" | "admin" | "job" | "lab";
  /** ISO 8601. */
  at: string;
  durationMs: number;
  /** The failed call, else the longest. */
  procedure: string;
  /** Calls in the request; more than one is a batch. */
  calls: number;
  ok: boolean;
  /** tRPC error code of the failed call. */
  errorCode: string | null;
  kinds: TraceKind[];
  spans: number;
  statements: number;
  /** Repeated statements, the most wasteful first. */
  repeats: Repeat[];
};

/** One request. */
export type Trace = Omit<TraceSummary, "spans"> & {
  /** Like `at`, in fractional milliseconds since 1970. */
  startedAtMs: number;
  /** Span ID of the request: 16 hexadecimal digits. */
  spanId: string;
  /** Span ID of the caller, if it sent one. */
  parentSpanId: string | null;
  /** Whether the caller also records this trace. */
  isSampledByCaller: boolean;
  /** Calls answered from cached responses; they have no spans. */
  callsAtHand: number;
  /** The request first, and each span before its children; siblings are ordered by start. */
  spans: TraceSpan[];
  /** Spans left out because of the size limit. */
  omitted: number;
  /** Statement texts by name, with placeholders. */
  texts: Record<string, string>;
};
