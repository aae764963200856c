import type { Repeat } from "@/shared/repeats";
import { insightFilter } from "./insights-range";
import { z } from "./zod";

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

const procedure = z.string().min(1).max(200);
const traceId = z.string().regex(/^[\da-f]{32}$/, "A trace id is 32 hexadecimal digits in lower case.");

export const traceListInput = z
  .strictObject({
    ...insightFilter,
    range: insightFilter.range.removeDefault().default("15m"),
    procedure: procedure.optional(),
    kind: z.enum(traceKinds).optional(),
    minDurationMs: z.number().min(0).max(3_600_000).optional(),
    order: z.enum(["newest", "slowest"]).default("newest"),
    limit: z.int().min(1).max(100).default(50),
    cursor: z.string().min(1).max(200).nullish(),
    /** Sent by pages that load more at their end; there is one direction. */
    direction: z.literal("forward").optional(),
  })
  .prefault({});
export type TraceListInput = z.infer<typeof traceListInput>;

export type TracePage = {
  traces: TraceSummary[];
  /** Null on the last page. */
  nextCursor: string | null;
  /** ISO 8601: nothing older is kept. Null when nothing is kept at all. */
  oldestAt: string | null;
};

/** One caller's trace may hold several requests: `requestId` says which, else it is one of them. */
const oneTrace = { id: traceId, requestId: z.string().min(1).max(200).optional() };

export const traceInput = z.strictObject(oneTrace);
export type TraceInput = z.infer<typeof traceInput>;

/** `pin` is null when it is not pinned. */
export type TraceDetail = { trace: Trace; pin: TracePin | null };

export const traceRepeatsInput = z
  .strictObject({ ...insightFilter, range: insightFilter.range.removeDefault().default("15m") })
  .prefault({});
export type TraceRepeatsInput = z.infer<typeof traceRepeatsInput>;

/** A statement that requests of one procedure ran again and again: the worst of them, and how many were seen. */
export type RepeatRow = Repeat & {
  procedure: string;
  /** Traces that show it. A sample: not how often it happened. */
  traces: number;
  worstTraceId: string;
  worstAt: string;
};

export const mostPinned = 200;
export const tracePinInput = z.strictObject({ ...oneTrace, note: z.string().trim().max(500).default("") });
export type TracePinInput = z.infer<typeof tracePinInput>;

export type TracePin = { pinnedAt: string; pinnedBy: string; note: string | null };
export type PinnedTrace = TracePin & {
  id: string;
  procedure: string;
  at: string;
  durationMs: number;
  ok: boolean;
};
