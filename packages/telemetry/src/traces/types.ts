import type { Repeat } from "@weir/core/repeats";

/**
 * Why a trace was kept: one of the slowest of its procedure and minute on its node, a fault of the server (of those the
 * caller made, a sample), one of the sample of all, or the worst of its minute that repeats a statement.
 */
export const traceKinds = ["slowest", "failed", "sampled", "repeated"] as const;
export type TraceKind = (typeof traceKinds)[number];

/** What a span is of. The places are part of what is stored: a new kind goes to the end. */
export const spanKinds = [
  /** The whole request: the first span, and the only one without a parent. */
  "request",
  /** One call of it. */
  "procedure",
  /** One key read, with its outcome. */
  "cache",
  /** One run of a load under it. */
  "load",
  /** The wait for a connection to the database. */
  "pool",
  /** From the permit to the last row. */
  "statement",
  "redis",
  "compute",
  /** An answer written as JSON. */
  "serialise",
] as const;
export type SpanKind = (typeof spanKinds)[number];

export const readOutcomes = ["hit", "stale", "negative", "coalesced", "miss", "error", "bypass"] as const;

/** One stretch of time. What a kind does not have is absent. */
export type TraceSpan = {
  kind: SpanKind;
  /** Path of the procedure, group of the cache, name of the statement, `<connection> <COMMAND>` of Redis. */
  name: string;
  /** Index of the span around it; null for the first. */
  parent: number | null;
  /** Since the trace began. */
  startMs: number;
  durationMs: number;
  ok: boolean;
  /** `procedure`: tRPC's code, where it failed. */
  errorCode?: string;
  /** `cache`: how the read ended, and the tier that answered. */
  outcome?: (typeof readOutcomes)[number];
  tier?: "l1" | "l2";
  /** `load`: how many keys it was asked for. */
  keys?: number;
  /** `load`: true for a refresh, which nobody waited for. */
  background?: true;
  /** `statement`. */
  rows?: number;
  /** `statement`: its values, shortened; only in development with TRACE_PARAMETERS=shown. */
  parameters?: string[];
  /** `statement`, `pool` and `redis`: how many requests it was for, this one among them; absent for this one alone. */
  shared?: number;
  /** `serialise`. */
  bytes?: number;
};

/** What a list shows of a trace. */
export type TraceSummary = {
  /** The trace id of W3C Trace Context: 32 hexadecimal digits. */
  id: string;
  requestId: string;
  nodeId: string;
  origin: "app" | "admin" | "job" | "lab";
  /** ISO 8601. */
  at: string;
  durationMs: number;
  /** Of the call that failed, else of the one that took longest. */
  procedure: string;
  /** Calls of the request; more than one is a batch. */
  calls: number;
  ok: boolean;
  /** tRPC's code of the call that failed. */
  errorCode: string | null;
  kinds: TraceKind[];
  spans: number;
  statements: number;
  /** Statements that ran again and again, the most wasteful first. */
  repeats: Repeat[];
};

/** One request. */
export type Trace = Omit<TraceSummary, "spans"> & {
  /** As `at`, in ms since 1970 with fractions. */
  startedAtMs: number;
  /** The request's own span: 16 hexadecimal digits. */
  spanId: string;
  /** The span of the caller, where it named one. */
  parentSpanId: string | null;
  /** Whether the caller records this trace as well. */
  isSampledByCaller: boolean;
  /** Calls that were answered with what was at hand: they have no spans. */
  callsAtHand: number;
  /** The request first, and each span before those within it; those of one parent by their begin. */
  spans: TraceSpan[];
  /** Spans that found no room. */
  omitted: number;
  /** The statements' texts by name, with placeholders. */
  texts: Record<string, string>;
};
