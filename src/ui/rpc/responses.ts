import type { TRPCLink } from "@trpc/client";
import { observable } from "@trpc/server/observable";
import type { OutcomeName } from "@weir/core/outcomes";
import { parseServerTiming } from "@weir/core/server-timing";
import type { AppRouter } from "@/server/rpc/root";

function headersOf(context: Record<string, unknown> | undefined): Headers | null {
  const response = context?.["response"];
  return response instanceof Response ? response.headers : null;
}

/**
 * Records the source and duration of every response. Must precede a link that sends one call per request, since a batch
 * has one header for all its calls. Aborted calls are not recorded.
 */
export function serverTimingLink(log: ResponseLog, nowMs: () => number): TRPCLink<AppRouter> {
  return () =>
    ({ op, next }) =>
      observable((observer) => {
        const startedAtMs = nowMs();
        const record = (ok: boolean, headers: Headers | null): void => {
          // `meta.timings` of the procedure: the dashboard's own calls are not shown.
          if (op.signal?.aborted === true || headers?.get("x-weir-timings") === "hidden") return;
          log.add({
            procedure: op.path,
            input: op.input,
            ok,
            roundTripMs: nowMs() - startedAtMs,
            ...readTimings(headers?.get("server-timing") ?? null),
          });
        };
        return next(op).subscribe({
          next: (value) => {
            record(true, headersOf(value.context));
            observer.next(value);
          },
          error: (cause) => {
            record(false, headersOf(cause.meta));
            observer.error(cause);
          },
          complete: () => observer.complete(),
        });
      });
}

/** The latest responses, newest first. */
export type ResponseLog = {
  /** Returns the same array until the next response arrives. */
  snapshot: () => readonly TimedResponse[];
  add: (response: Omit<TimedResponse, "id">) => void;
  /** Returns the unsubscribe function. */
  subscribe: (listener: () => void) => () => void;
};

/** Keeps the last `capacity` responses. */
export function createResponseLog(capacity: number): ResponseLog {
  const listeners = new Set<() => void>();
  let responses: readonly TimedResponse[] = [];
  let lastId = 0;
  return {
    snapshot: () => responses,
    add: (response) => {
      lastId += 1;
      responses = [{ ...response, id: lastId }, ...responses].slice(0, capacity);
      for (const listener of listeners) listener();
    },
    subscribe: (listener) => {
      listeners.add(listener);
      return () => void listeners.delete(listener);
    },
  };
}

/** The latest response to exactly this call; null if none is kept. Inputs are compared as JSON. */
export function latestResponseTo(
  responses: readonly TimedResponse[],
  procedure: string,
  input: unknown,
): TimedResponse | null {
  const wanted = JSON.stringify(input);
  return (
    responses.find((response) => response.procedure === procedure && JSON.stringify(response.input) === wanted) ?? null
  );
}

/** One cache read behind a response. */
export type ResponseRead = { group: string; outcome: OutcomeName; durationMs: number | null };

/** One response with the timings of its `Server-Timing` header and of the browser's clock. */
export type TimedResponse = {
  /** Increases in order of arrival. */
  id: number;
  procedure: string;
  input: unknown;
  ok: boolean;
  /** From sending to the last byte, by the browser's clock. */
  roundTripMs: number;
  /** Time on the server; null if not reported. */
  totalMs: number | null;
  reads: readonly ResponseRead[];
  /** Duration of the load, and of its SQL; null if nothing was loaded. */
  loadMs: number | null;
  sqlMs: number | null;
  poolMs: number | null;
};

const outcomeByWord: Readonly<Record<string, OutcomeName>> = {
  l1: "hitL1",
  l2: "hitL2",
  coalesced: "coalesced",
  stale: "stale",
  negative: "negative",
  miss: "miss",
  error: "error",
  bypass: "bypass",
};

function readOf(description: string | null, durationMs: number | null): ResponseRead | null {
  if (description === null) return null;
  const at = description.lastIndexOf(" ");
  const outcome = outcomeByWord[description.slice(at + 1)];
  return at < 1 || outcome === undefined ? null : { group: description.slice(0, at), outcome, durationMs };
}

/** Reads the source of a response from its `Server-Timing` header. Unknown outcomes are dropped. */
export function readTimings(
  header: string | null,
): Pick<TimedResponse, "totalMs" | "reads" | "loadMs" | "sqlMs" | "poolMs"> {
  const metrics = parseServerTiming(header);
  const durationOf = (name: string): number | null =>
    metrics.find((metric) => metric.name === name)?.durationMs ?? null;
  return {
    totalMs: durationOf("total"),
    loadMs: durationOf("load"),
    sqlMs: durationOf("sql"),
    poolMs: durationOf("pool"),
    reads: metrics.flatMap((metric) => {
      const read = metric.name === "cache" ? readOf(metric.description, metric.durationMs) : null;
      return read === null ? [] : [read];
    }),
  };
}

/** From the cheapest to the most expensive outcome. */
const byCost: readonly OutcomeName[] = ["hitL1", "hitL2", "negative", "stale", "coalesced", "miss", "bypass", "error"];

/** The most expensive outcome among a response's reads, which determined its duration, and its count; null without reads. */
export function decidingOutcome(reads: readonly ResponseRead[]): { outcome: OutcomeName; count: number } | null {
  let deciding: OutcomeName | null = null;
  for (const { outcome } of reads) {
    if (deciding === null || byCost.indexOf(outcome) > byCost.indexOf(deciding)) deciding = outcome;
  }
  if (deciding === null) return null;
  return { outcome: deciding, count: reads.filter((read) => read.outcome === deciding).length };
}
