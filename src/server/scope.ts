import { AsyncLocalStorage } from "node:async_hooks";

/** Who asked: the application, the dashboard itself, background work, or the load lab. */
export type Origin = "app" | "admin" | "job" | "lab";

/** One object per HTTP request or job; its identity keys what is collected about it. */
export type RequestScope = { readonly id: string };

export type Scope = {
  readonly request: RequestScope;
  readonly origin: Origin;
  readonly procedure: string | null;
  /** `performance.now()` after which nobody waits for the answer any more; null when there is no limit. */
  readonly deadlineAtMs: number | null;
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
