import { runOutsideScope } from "@weir/core/scope";
import { LinkedQueue, type QueueNode } from "@weir/core/linked-queue";

/** Something that waits until a time at most, in ms of `performance.now()`. */
export type Wait = { readonly untilMs: number; readonly giveUp: () => void };
/** One that has begun. */
export type Begun = QueueNode<Wait>;

/** Ends what waits too long. One timer looks after all of them, for a timer of its own would cost each of them more. */
export type Deadlines = {
  /**
   * Calls `giveUp` once the time has passed, outside any request, unless the wait was ended before. Not to the
   * millisecond: up to a tick of 16 ms later, and never before the event loop has looked at its sockets once more. An
   * answer that lies there already counts, so that a slow process is not mistaken for a slow server.
   */
  begin: (wait: Wait) => Begun;
  /** What has ended, or was given up, may be ended again. */
  end: (begun: Begun) => void;
};

const tickMs = 16;

export function createDeadlines(): Deadlines {
  const waits = new LinkedQueue<Wait>();
  let timer: NodeJS.Timeout | undefined;
  /** No wait that goes on ends before this. */
  let earliestMs = Number.POSITIVE_INFINITY;

  const giveUp = (late: readonly Begun[]): void => {
    for (const begun of late) if (waits.remove(begun)) begun.item.giveUp();
  };
  const tick = (): void => {
    if (waits.size === 0) {
      clearInterval(timer);
      timer = undefined;
      return;
    }
    const nowMs = performance.now();
    if (nowMs < earliestMs) return;
    const late: Begun[] = [];
    earliestMs = Number.POSITIVE_INFINITY;
    for (let begun = waits.first(); begun !== null; begun = begun.next) {
      if (begun.item.untilMs <= nowMs) late.push(begun);
      else if (begun.item.untilMs < earliestMs) earliestMs = begun.item.untilMs;
    }
    if (late.length > 0) setImmediate(giveUp, late);
  };

  return {
    begin: (wait) => {
      if (wait.untilMs < earliestMs) earliestMs = wait.untilMs;
      timer ??= runOutsideScope(() => setInterval(tick, tickMs));
      return waits.push(wait);
    },
    end: (begun) => void waits.remove(begun),
  };
}
