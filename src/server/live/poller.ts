import { runOutsideScope } from "@weir/core/scope";
import { timerMs } from "@weir/core/timers";

export type PollerOptions = {
  /** One round. The signal aborts when all members have left. Must not reject. */
  round: (signal: AbortSignal) => Promise<void>;
  /** From the start of one round to the start of the next, in ms. */
  everyMs: number;
};

export type Poller = {
  /** Runs rounds while there are members. Returns a function to leave. */
  join: () => () => void;
  readonly members: number;
};

/** Repeats one task for all members: once per round regardless of their number, and not at all without members. */
export function createPoller({ round, everyMs }: PollerOptions): Poller {
  let members = 0;
  let running: AbortController | null = null;
  let timer: NodeJS.Timeout | undefined;

  const run = async (signal: AbortSignal): Promise<void> => {
    const startedAtMs = performance.now();
    await round(signal);
    if (signal.aborted) return;
    timer = setTimeout(() => void run(signal), timerMs(everyMs - (performance.now() - startedAtMs)));
  };

  return {
    join: () => {
      members += 1;
      if (running === null) {
        const controller = new AbortController();
        running = controller;
        // The loop outlives the request that joined first.
        void runOutsideScope(() => run(controller.signal));
      }
      let hasLeft = false;
      return () => {
        if (hasLeft) return;
        hasLeft = true;
        members -= 1;
        if (members > 0) return;
        clearTimeout(timer);
        running?.abort();
        running = null;
      };
    },
    get members() {
      return members;
    },
  };
}
