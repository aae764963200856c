import { AsyncLocalStorage } from "node:async_hooks";
import { randomFillSync } from "node:crypto";
import { parseTraceparent, readTracestate, type TraceParent } from "./traceparent";

/** The source of a request: the application, the dashboard, a background job, or the load lab. */
export type Origin = "app" | "admin" | "job" | "lab";

/** One object per HTTP request or job. Its identity is the key of everything that is recorded about it. */
export type RequestScope = {
  readonly id: string;
  /** The header as received; `traceOf` parses it. */
  readonly traceparent?: string | undefined;
  readonly tracestate?: string | undefined;
  /**
   * Belongs to the trace recorder; null at first. Absent for requests whose end is not published (`channels.request`): no
   * trace is recorded of them.
   */
  spans?: object | null;
  /** The result of `traceOf`. */
  trace?: TraceContext;
  /** The sender; absent for jobs and internal calls. */
  readonly source?: RequestSource;
  /** The session that the request has; absent until it is verified. */
  sessionId?: string;
};

/** What an `IncomingMessage` says about the client. */
export type RequestSource = {
  readonly socket: { readonly remoteAddress?: string | undefined };
  readonly headers: Readonly<Record<string, string | string[] | undefined>> & { readonly host?: string | undefined };
};

/** The trace that a request belongs to; `spanId` is the request's own span. */
export type TraceContext = TraceParent & {
  /** The span of the caller; null when the trace starts here. */
  readonly parentSpanId: string | null;
  /** The caller's `tracestate`, to be passed on. */
  readonly state: string | null;
};

const idsBytes = 24;
/** A pool, because a call for random bytes costs microseconds, however few it returns. */
const random = Buffer.alloc(128 * idsBytes);
let used = random.length;

/** The 32 digits of a trace ID, followed by the 16 of a span ID. */
function newIds(): string {
  if (used === random.length) {
    randomFillSync(random);
    used = 0;
  }
  used += idsBytes;
  return random.toString("hex", used - idsBytes, used);
}

/**
 * Returns the trace of a request: that of its `traceparent`, else a new one. Created on the first call, so that requests
 * without a recorded trace pay nothing; the same object from then on.
 */
export function traceOf(request: RequestScope): TraceContext {
  if (request.trace !== undefined) return request.trace;
  const parent = parseTraceparent(request.traceparent);
  const ids = newIds();
  request.trace = {
    traceId: parent?.traceId ?? ids.slice(0, 32),
    spanId: ids.slice(32),
    parentSpanId: parent?.spanId ?? null,
    sampled: parent?.sampled ?? false,
    state: parent === null ? null : readTracestate(request.tracestate),
  };
  return request.trace;
}

/** What one procedure call has requested from cache and database so far. These two count, once for all subscribers. */
export type CallCounts = {
  /** Key reads, whatever their outcome. */
  cacheReads: number;
  statements: number;
  poolWaitMs: number;
  /** From the permit to the last row. */
  sqlMs: number;
};

/** One load on behalf of several that were batched, each of which has a scope of its own. */
export type BatchedLoad = {
  readonly scopes: readonly Scope[];
  /** While true, what is published in the scope of the first load belongs to all of them. */
  isInFlight: boolean;
  /** Belongs to the trace recorder: the messages that were published meanwhile. */
  readonly messages: { readonly message: object; readonly endMs: number }[];
};

export type Scope = {
  readonly request: RequestScope;
  readonly origin: Origin;
  readonly procedure: string | null;
  /** When the caller stops waiting, on the clock of `performance.now()`; null when there is no limit. */
  readonly deadlineAtMs: number | null;
  /** Counts of the current call; absent or null while `channels.rpc` has no subscribers. */
  readonly counts?: CallCounts | null;
  /** Only in the scope of a single load: the batch that the load is part of, or null. */
  batch?: BatchedLoad | null;
  /** True for work that is too short for spans of its own: responses that were ready. */
  readonly untraced?: true;
};

const storage = new AsyncLocalStorage<Scope | undefined>();

/** Runs `work` in a scope: `currentScope()` returns it in `work` and in everything that `work` awaits. */
export function runInScope<Result>(scope: Scope, work: () => Result): Result {
  return storage.run(scope, work);
}

/**
 * Runs `work`, and everything that it starts, outside any scope. For timers and connections that outlive the request that
 * starts them: they would keep its deadline and its name.
 */
export function runOutsideScope<Result>(work: () => Result): Result {
  return storage.run(undefined, work);
}

let synchronous: Scope | undefined;

/**
 * Like `runInScope`, for synchronous work that starts nothing that runs later. Entering the storage costs a microsecond,
 * which is a lot beside a cache hit.
 */
export function runSyncInScope<Result>(scope: Scope, work: () => Result): Result {
  const outer = synchronous;
  synchronous = scope;
  try {
    return work();
  } finally {
    synchronous = outer;
  }
}

/** The scope of the running code; undefined outside any request or job. */
export function currentScope(): Scope | undefined {
  return synchronous ?? storage.getStore();
}

/** Counts one key read of the current call. */
export function countRead(): void {
  const counts = currentScope()?.counts;
  if (counts !== undefined && counts !== null) counts.cacheReads += 1;
}

/** Counts one settled statement of the current call. */
export function countStatement(poolWaitMs: number, sqlMs: number): void {
  const counts = currentScope()?.counts;
  if (counts === undefined || counts === null) return;
  counts.statements += 1;
  counts.poolWaitMs += poolWaitMs;
  counts.sqlMs += sqlMs;
}
