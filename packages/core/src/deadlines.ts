import { LinkedQueue, type QueueNode } from "./linked-queue";
import { runOutsideScope } from "./scope";
import { timerMs } from "./timers";

type Expiry = { readonly atMs: number; readonly expire: () => void };

/** A deadline that was set. */
export type Deadline = QueueNode<Expiry>;

/** Any number of deadlines over one timer. */
export type Deadlines = {
  /**
   * Calls `expire` once, unless the deadline is cleared before: never before `atMs`, a few milliseconds after it, and
   * outside any request's scope. The event loop has then looked at its sockets once more, so that a response that was
   * already there counts: a slow process is not mistaken for a slow server.
   */
  readonly set: (atMs: number, expire: () => void) => Deadline;
  /** Clearing a deadline that has expired, or was cleared before, has no effect. */
  readonly clear: (deadline: Deadline) => void;
};

/** A timer that fires early is set again. */
const maxSleepMs = 3_600_000;

/**
 * Deadlines for hot paths. The one timer is set for the earliest deadline, so setting and clearing a deadline, which is
 * what nearly always happens, touches no timer. Deadlines do not keep the process alive. `now` is the clock of `atMs`.
 */
export function createDeadlines(now: () => number = () => performance.now()): Deadlines {
  const expiries = new LinkedQueue<Expiry>();
  let timer: NodeJS.Timeout | undefined;
  let timerAtMs = Number.POSITIVE_INFINITY;

  function wakeAt(atMs: number): void {
    if (atMs >= timerAtMs) return;
    clearTimeout(timer);
    timerAtMs = atMs;
    const delayMs = timerMs(Math.ceil(atMs - now()), maxSleepMs);
    timer = runOutsideScope(() => setTimeout(expireDue, delayMs));
    timer.unref();
  }

  function expireDue(): void {
    timerAtMs = Number.POSITIVE_INFINITY;
    const nowMs = now();
    const due: Deadline[] = [];
    let nextAtMs = Number.POSITIVE_INFINITY;
    for (let node = expiries.first(); node !== null; node = node.next) {
      if (node.item.atMs <= nowMs) due.push(node);
      else if (node.item.atMs < nextAtMs) nextAtMs = node.item.atMs;
    }
    if (due.length > 0) setImmediate(expireAll, due);
    wakeAt(nextAtMs);
  }

  function expireAll(due: readonly Deadline[]): void {
    // Each of them may have been cleared since, or may clear others.
    for (const deadline of due) if (expiries.remove(deadline)) deadline.item.expire();
  }

  return {
    set: (atMs, expire) => {
      wakeAt(atMs);
      return expiries.push({ atMs, expire });
    },
    clear: (deadline) => void expiries.remove(deadline),
  };
}

/** What `withTimeout` rejects with. */
export class TimeoutError extends Error {
  override readonly name = "TimeoutError";

  constructor(timeoutMs: number) {
    super(`No response within ${Math.round(timeoutMs)} ms.`);
  }
}

/**
 * Settles as `work` does, or rejects with a TimeoutError after `timeoutMs`. Only the waiting ends then: `work` goes on,
 * and its result is ignored. Each call has a timer of its own; hot paths use `createDeadlines`. As there, a response that
 * reached the socket in time counts.
 */
export function withTimeout<Result>(work: Promise<Result>, timeoutMs: number): Promise<Result> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => {
      setImmediate(() => reject(new TimeoutError(timeoutMs)));
    }, timerMs(timeoutMs));
    work.then(resolve, reject).finally(() => clearTimeout(timer));
  });
}
