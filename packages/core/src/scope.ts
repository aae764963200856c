import { AsyncLocalStorage } from "node:async_hooks";
import { randomFillSync } from "node:crypto";
import { parseTraceparent, readTracestate, type TraceParent } from "./traceparent";

/** Who asked: the application, the dashboard itself, background work, or the load lab. */
export type Origin = "app" | "admin" | "job" | "lab";

/** One object per HTTP request or job; its identity keys what is collected about it. */
export type RequestScope = {
  readonly id: string;
  /** The header as it came; `traceOf` reads it. */
  readonly traceparent?: string | undefined;
  readonly tracestate?: string | undefined;
  /**
   * For whoever collects what happens in this request: theirs to fill, null at first. Absent where nobody tells when the
   * request ends (`channels.request`); nothing is collected then.
   */
  spans?: object | null;
  /** What `traceOf` answered. */
  trace?: TraceContext;
};

/** The trace that a request belongs to; `spanId` is the request's own. */
export type TraceContext = TraceParent & {
  /** The span of the caller; null when the trace begins here. */
  readonly parentSpanId: string | null;
  /** What the caller wants to be passed on with it. */
  readonly state: string | null;
};

const idsBytes = 24;
/** Asking for random bytes costs microseconds each time, however few they are. */
const random = Buffer.alloc(128 * idsBytes);
let used = random.length;

/** Sixteen digits of a span after thirty-two of a trace. */
function newIds(): string {
  if (used === random.length) {
    randomFillSync(random);
    used = 0;
  }
  used += idsBytes;
  return random.toString("hex", used - idsBytes, used);
}

/**
 * The trace of a request: the one of its `traceparent`, else a new one. Made when it is first asked for, so that a
 * request of which nobody tells pays nothing; the same from then on.
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

/** What one procedure call asked of cache and database so far; those two fill it in, once for however many listen. */
export type CallCounts = {
  /** Keys read, one each, however they ended. */
  cacheReads: number;
  statements: number;
  poolWaitMs: number;
  /** From the permit to the last row. */
  sqlMs: number;
};

/** One load for several that were wanted at once, each in a scope of its own. */
export type BatchedLoad = {
  readonly scopes: readonly Scope[];
  /** True while it runs; what is published in the scope of the first then happens to all of them. */
  isInFlight: boolean;
  /** For whoever collects that, theirs to fill. */
  readonly messages: { readonly message: object; readonly endMs: number }[];
};

export type Scope = {
  readonly request: RequestScope;
  readonly origin: Origin;
  readonly procedure: string | null;
  /** `performance.now()` after which nobody waits for the answer any more; null when there is no limit. */
  readonly deadlineAtMs: number | null;
  /** Of the call that runs; absent or null when nobody listens to calls. */
  readonly counts?: CallCounts | null;
  /** Only of a scope that holds one load and nothing else: null, or the load together with those of others. */
  batch?: BatchedLoad | null;
  /** What happens in it is too little to be worth a span: answers that were at hand. */
  readonly untraced?: true;
};

const storage = new AsyncLocalStorage<Scope | undefined>();

/** Runs `work` so that `currentScope()` answers `scope` in it and in all it awaits. */
export function runInScope<Result>(scope: Scope, work: () => Result): Result {
  return storage.run(scope, work);
}

/**
 * Runs `work` outside any request, with all that it starts. For work that outlives the request by which it came about:
 * timers and connections would carry the request's deadline and name along for as long as they go on.
 */
export function runOutsideScope<Result>(work: () => Result): Result {
  return storage.run(undefined, work);
}

let synchronous: Scope | undefined;

/**
 * As `runInScope`, for work that ends when it returns: it awaits nothing and leaves nothing behind that runs later. Entering
 * the storage costs a microsecond, which is much beside a hit.
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

/** The scope of the code that runs now; undefined outside any request or job. */
export function currentScope(): Scope | undefined {
  return synchronous ?? storage.getStore();
}

/** One key was read in the name of the call that runs. */
export function countRead(): void {
  const counts = currentScope()?.counts;
  if (counts !== undefined && counts !== null) counts.cacheReads += 1;
}

/** One statement has settled in the name of the call that runs. */
export function countStatement(poolWaitMs: number, sqlMs: number): void {
  const counts = currentScope()?.counts;
  if (counts === undefined || counts === null) return;
  counts.statements += 1;
  counts.poolWaitMs += poolWaitMs;
  counts.sqlMs += sqlMs;
}
