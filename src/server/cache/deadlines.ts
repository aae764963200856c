import { runOutsideScope } from "@/server/scope";

/** Something that waits until a time at most, in ms of `performance.now()`. */
export type Wait = { readonly untilMs: number; readonly giveUp: () => void };

/** Ends what waits too long. One timer looks after all of them, for a timer of its own would cost each of them more. */
export type Deadlines = {
  /**
   * Calls `giveUp` once the time has passed, outside any request, unless the wait was ended before. Not to the
   * millisecond: up to a tick of 16 ms later, and never before the event loop has looked at its sockets once more. An
   * answer that lies there already counts, so that a slow process is not mistaken for a slow server.
   */
  begin: (wait: Wait) => void;
  /** What has ended, or was given up, may be ended again. */
  end: (wait: Wait) => void;
};

const tickMs = 16;

export function createDeadlines(): Deadlines {
  const waits = new Set<Wait>();
  let timer: NodeJS.Timeout | undefined;
  /** No wait that goes on ends before this. */
  let earliestMs = Number.POSITIVE_INFINITY;

  const giveUp = (late: readonly Wait[]): void => {
    for (const wait of late) if (waits.delete(wait)) wait.giveUp();
  };
  const tick = (): void => {
    if (waits.size === 0) {
      clearInterval(timer);
      timer = undefined;
      return;
    }
    const nowMs = performance.now();
    if (nowMs < earliestMs) return;
    const late: Wait[] = [];
    earliestMs = Number.POSITIVE_INFINITY;
    for (const wait of waits) {
      if (wait.untilMs <= nowMs) late.push(wait);
      else if (wait.untilMs < earliestMs) earliestMs = wait.untilMs;
    }
    if (late.length > 0) setImmediate(giveUp, late);
  };

  return {
    begin: (wait) => {
      waits.add(wait);
      if (wait.untilMs < earliestMs) earliestMs = wait.untilMs;
      timer ??= runOutsideScope(() => setInterval(tick, tickMs));
    },
    end: (wait) => void waits.delete(wait),
  };
}
