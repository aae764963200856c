import type { Repeat } from "@weir/core/repeats";
import { type Trace, traceKinds, type TraceSummary } from "@weir/telemetry/traces";
import { insightFilter } from "@/admin/insights/contract/range";
import { storedText, typedText, z } from "@/server/rpc/zod";

export * from "@weir/telemetry/traces";

const procedure = storedText(200).min(1);
const traceId = z.string().regex(/^[\da-f]{32}$/, "A trace ID must be 32 lowercase hexadecimal digits.");

export const traceListInput = z
  .strictObject({
    ...insightFilter,
    range: insightFilter.range.removeDefault().default("15m"),
    procedure: procedure.optional(),
    kind: z.enum(traceKinds).optional(),
    minDurationMs: z.number().min(0).max(3_600_000).optional(),
    order: z.enum(["newest", "slowest"]).default("newest"),
    limit: z.int().min(1).max(100).default(50),
    cursor: storedText(200).min(1).nullish(),
    /** Sent by infinite queries; there is only one direction. */
    direction: z.literal("forward").optional(),
  })
  .prefault({});
export type TraceListInput = z.infer<typeof traceListInput>;

export type TracePage = {
  traces: TraceSummary[];
  /** Null on the last page. */
  nextCursor: string | null;
  /** ISO 8601: the oldest kept trace. Null when none is kept. */
  oldestAt: string | null;
};

/** One trace may contain several requests: `requestId` selects one; without it, one of them is returned. */
const oneTrace = { id: traceId, requestId: storedText(200).min(1).optional() };

export const traceInput = z.strictObject(oneTrace);
export type TraceInput = z.infer<typeof traceInput>;

/** `pin` is null for an unpinned trace. */
export type TraceDetail = { trace: Trace; pin: TracePin | null };

export const traceRepeatsInput = z
  .strictObject({ ...insightFilter, range: insightFilter.range.removeDefault().default("15m") })
  .prefault({});
export type TraceRepeatsInput = z.infer<typeof traceRepeatsInput>;

/** A statement that requests of one procedure ran repeatedly: the worst request, and how many were seen. */
export type RepeatRow = Repeat & {
  procedure: string;
  /** Number of sampled traces that show it, not of all requests. */
  traces: number;
  worstTraceId: string;
  worstAt: string;
};

export const traceReadersInput = z.strictObject({
  ...insightFilter,
  range: insightFilter.range.removeDefault().default("15m"),
  /** A cache group. */
  group: storedText(200).min(1),
});
export type TraceReadersInput = z.infer<typeof traceReadersInput>;

/** A procedure that reads a cache group. */
export type GroupReader = {
  procedure: string;
  /** Number of sampled traces in which it reads the group, not of all requests. */
  traces: number;
  /** Reads of the group per such trace, on average. */
  readsPerTrace: number;
  /** The trace with the most reads. */
  worstTraceId: string;
};
/** Most traces first. `traces` is the number of traces that were searched, the newest of the range. */
export type GroupReaders = { readers: GroupReader[]; traces: number };

export const maxPinned = 200;
export const tracePinInput = z.strictObject({ ...oneTrace, note: typedText(500).default("") });
export type TracePinInput = z.infer<typeof tracePinInput>;

export type TracePin = { pinnedAt: string; pinnedBy: string; note: string | null };
export type PinnedTrace = TracePin & {
  id: string;
  procedure: string;
  at: string;
  durationMs: number;
  ok: boolean;
};
