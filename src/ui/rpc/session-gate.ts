import type { TRPCLink } from "@trpc/client";
import { observable } from "@trpc/server/observable";
import type { AppRouter } from "@/server/rpc/root";

/** The part of `navigator.locks` that the gate uses. */
export type Locks = {
  request: (name: string, options: LockOptions, work: () => Promise<void>) => Promise<unknown>;
};

/** Keeps calls and the replacement of the session cookie apart. */
export type SessionGate = {
  /**
   * Resolves when no tab is replacing the session; a replacement then waits until the returned function is called.
   * Resolves after `maxWaitMs` in any case.
   */
  enter: () => Promise<() => void>;
  /**
   * Runs `act`, which replaces or ends the session, while no call is in flight and none begins, in any tab. The gate
   * stays closed when `isLast` says that the page is about to be left.
   */
  replace: <Result>(act: () => Promise<Result>, isLast?: (result: Result) => boolean) => Promise<Result>;
};

export type SessionGateOptions = {
  locks: Locks;
  /** How long a call waits for a replacement, at most. Longer than a sign-in may take. */
  maxWaitMs: number;
  /** How long a replacement waits for the calls in flight, at most. */
  maxDrainMs: number;
};

const lockName = "weir.session";

/** Takes a lock. Resolves with its release once it is held; rejects when `signal` aborts first. */
function acquire(locks: Locks, options: LockOptions): Promise<() => void> {
  return new Promise((resolve, reject) => {
    const held = (): Promise<void> => new Promise((release) => resolve(() => release()));
    // Also rejects when another replacement steals the lock, long after it was resolved.
    locks.request(lockName, options, held).catch(reject);
  });
}

export function createSessionGate({ locks, maxWaitMs, maxDrainMs }: SessionGateOptions): SessionGate {
  return {
    enter: () =>
      acquire(locks, { mode: "shared", signal: AbortSignal.timeout(maxWaitMs) }).catch(() => () => undefined),
    replace: async (act, isLast = () => false) => {
      const mode = "exclusive";
      const release = await acquire(locks, { mode, signal: AbortSignal.timeout(maxDrainMs) }).catch(() =>
        // A call does not end: it has been sent long ago, and new ones wait.
        acquire(locks, { mode, steal: true }),
      );
      let staysClosed = false;
      try {
        const result = await act();
        staysClosed = isLast(result);
        return result;
      } finally {
        if (!staysClosed) release();
      }
    },
  };
}

type Waiting = { isShared: boolean; begin: () => void };

/** Locks of this tab only, for pages over plain HTTP, where browsers have no `navigator.locks`. In order of request. */
export function createTabLocks(): Locks {
  const waiting: Waiting[] = [];
  const holders = new Set<{ isShared: boolean }>();
  const admit = (): void => {
    for (let [next] = waiting; next !== undefined; [next] = waiting) {
      const isFree = holders.size === 0 || (next.isShared && [...holders].every(({ isShared }) => isShared));
      if (!isFree) return;
      waiting.shift();
      next.begin();
    }
  };
  return {
    request: (_name, { mode, signal, steal = false }, work) =>
      new Promise<void>((resolve, reject) => {
        const isShared = mode === "shared";
        const begin = (): void => {
          signal?.removeEventListener("abort", leave);
          const holder = { isShared };
          holders.add(holder);
          const end = (): void => {
            holders.delete(holder);
            admit();
          };
          work().finally(end).then(resolve, reject);
        };
        const one = { isShared, begin };
        const leave = (): void => {
          waiting.splice(waiting.indexOf(one), 1);
          reject(signal?.reason);
          admit();
        };
        if (steal) {
          holders.clear();
          return begin();
        }
        signal?.addEventListener("abort", leave);
        waiting.push(one);
        admit();
      }),
  };
}

const openGate = (): SessionGate =>
  createSessionGate({
    // Absent over plain HTTP, except on localhost.
    locks: typeof navigator !== "undefined" && "locks" in navigator ? navigator.locks : createTabLocks(),
    maxWaitMs: 25_000,
    maxDrainMs: 5_000,
  });

let opened: SessionGate | undefined;
/** The gate of this page. */
export const sessionGate = (): SessionGate => (opened ??= openGate());

/** Procedures that move the session to another cookie. */
const replacing: ReadonlySet<string> = new Set(["account.changePassword"]);

/**
 * Sends no call with a cookie that is being replaced: the server would take it for one of a session that has ended. A
 * subscription passes the gate when it opens.
 */
export function sessionGateLink(gate: () => SessionGate): TRPCLink<AppRouter> {
  return () =>
    ({ op, next }) =>
      observable((observer) => {
        let isOver = false;
        let stop = (): void => undefined;
        const run = (onSettled: () => void): void => {
          if (isOver) return onSettled();
          const call = next(op).subscribe({
            next: (value) => {
              // A stream that has connected or failed no longer needs the cookie.
              const { result } = value;
              if (op.type === "subscription" && (result.type !== "state" || result.error !== null)) onSettled();
              observer.next(value);
            },
            error: (cause) => {
              onSettled();
              observer.error(cause);
            },
            complete: () => {
              onSettled();
              observer.complete();
            },
          });
          stop = () => {
            call.unsubscribe();
            onSettled();
          };
        };
        if (replacing.has(op.path)) void gate().replace(() => new Promise<void>((resolve) => run(resolve)));
        else void gate().enter().then(run);
        return () => {
          isOver = true;
          stop();
        };
      });
}
