import type { IncomingMessage } from "node:http";
import type { TRPCError } from "@trpc/server";
import { channels, type RpcMessage } from "@weir/core/channels";
import { WeirError } from "@weir/core/errors";
import {
  type CallCounts,
  currentScope,
  type Origin,
  type RequestScope,
  runInScope,
  type Scope,
} from "@weir/core/scope";
import { toTrpcError } from "./errors";

type Call = { path: string; type: "query" | "mutation" | "subscription" };
type Result = { ok: true } | { ok: false; error: TRPCError };

/**
 * The middleware of every procedure: names the procedure in the scope, gives errors of a catalogue their tRPC code, and
 * publishes the outcome of the call, including failures. It is one middleware and not three because each costs every call a round
 * of promises.
 *
 *     const procedure = t.procedure.use((call) => observeCall(null, call, call.next));
 *
 * `origin` is what the procedure's calls are counted under; null takes it from the request.
 */
export function observeCall<Outcome extends Result>(
  origin: Origin | null,
  { path, type }: Call,
  next: () => Promise<Outcome>,
): Promise<Outcome> {
  const startedAt = performance.now();
  const inFlight = beginCall(path, origin);
  const scope = scopeOf(path, origin);
  const counts = scope.counts ?? undefined;
  return runInScope(scope, () =>
    // next() never rejects: a failure resolves as { ok: false }.
    next().then((result) => {
      const endedAtMs = performance.now();
      endCall(path);
      if (result.ok) {
        publishCall(path, type, startedAt, endedAtMs, null, undefined, counts, inFlight);
        return result;
      }
      const { cause } = result.error;
      const error = cause instanceof WeirError ? toTrpcError(cause) : result.error;
      publishCall(path, type, startedAt, endedAtMs, error.code, undefined, counts, inFlight);
      return { ...result, error };
    }),
  );
}

function scopeOf(path: string, origin: Origin | null): Scope {
  const outer = currentScope();
  return {
    request: outer?.request ?? { id: "internal" },
    origin: origin ?? outer?.origin ?? "job",
    procedure: path,
    deadlineAtMs: outer?.deadlineAtMs ?? null,
    counts: openCounts(),
  };
}

/** Counts for cache and database to fill; null when there are no subscribers for calls. */
export function openCounts(): CallCounts | null {
  return channels.rpc.hasSubscribers ? { cacheReads: 0, statements: 0, poolWaitMs: 0, sqlMs: 0 } : null;
}

/** What a call that is answered from memory asked for. */
export const oneRead: CallCounts = Object.freeze({ cacheReads: 1, statements: 0, poolWaitMs: 0, sqlMs: 0 });

/**
 * Publishes how a call ended: the only place that does. `errorCode` is null for a success; `bytes` is undefined where the
 * body is not written yet. The arguments are positional so that one object of one shape is all that it allocates.
 */
export function publishCall(
  procedure: string,
  type: RpcMessage["type"],
  startedAtMs: number,
  endedAtMs: number,
  errorCode: string | null,
  bytes: number | undefined,
  counts: Readonly<CallCounts> | undefined,
  inFlight: number | undefined,
): void {
  channels.rpc.publish({
    procedure,
    type,
    durationMs: endedAtMs - startedAtMs,
    ok: errorCode === null,
    errorCode,
    bytes,
    counts,
    inFlight,
    endedAtMs,
  });
}

type Procedure = { inFlight: number; origin: Origin | null };

const procedures = new Map<string, Procedure>();
let inFlight = 0;

/** Procedure calls that have begun and not ended, in this process. */
export function callsInFlight(): number {
  return inFlight;
}

/**
 * Counts a call in. Returns how many calls of the procedure are in flight now, this one included. `origin` is what its
 * calls are counted under; null takes it from the request.
 */
export function beginCall(path: string, origin: Origin | null): number {
  let procedure = procedures.get(path);
  // Paths are those of the router's procedures, so the map stays small.
  if (procedure === undefined) procedures.set(path, (procedure = { inFlight: 0, origin }));
  inFlight += 1;
  procedure.inFlight += 1;
  return procedure.inFlight;
}

/** Counts a call out. */
export function endCall(path: string): void {
  const procedure = procedures.get(path);
  if (procedure === undefined) return;
  inFlight -= 1;
  procedure.inFlight -= 1;
}

/** When writing a response begins; 0 without subscribers, which saves looking at the clock. */
export function beginWriting(): number {
  return channels.response.hasSubscribers ? performance.now() : 0;
}

/** Publishes that the response to a call, alone or as part of a batch's, was written as this text. */
export function publishWritten(procedure: string, text: string, startedAtMs: number): void {
  if (!channels.response.hasSubscribers) return;
  const endedAtMs = performance.now();
  const durationMs = startedAtMs === 0 ? null : endedAtMs - startedAtMs;
  const origin = procedures.get(procedure)?.origin ?? currentScope()?.origin ?? "job";
  channels.response.publish({ procedure, origin, bytes: Buffer.byteLength(text), durationMs, endedAtMs });
}

/** The scope of a request, with the headers that name its trace; they are parsed when the trace is first asked for. */
export function requestScope(source: IncomingMessage, id: string): RequestScope {
  // Typed as a list too, which Node makes of cookies only: repeated headers are joined by commas.
  const { traceparent, tracestate } = source.headers as Record<string, string | undefined>;
  return { id, traceparent, tracestate, spans: null, source };
}

/** Publishes that the response is on its way, if spans of the request were collected. */
export function publishRequestEnd(
  { request, startedAt }: { request: RequestScope; startedAt: number },
  calls: number,
): void {
  if (request.spans === undefined || request.spans === null) return;
  const endedAtMs = performance.now();
  channels.request.publish({ request, durationMs: endedAtMs - startedAt, endedAtMs, calls });
}
