import { runOutsideScope } from "@weir/core/scope";

export type PollerOptions = {
  /** One round; told when everybody has left. Must not reject. */
  round: (signal: AbortSignal) => Promise<void>;
  /** From the begin of one round to that of the next, in ms. */
  everyMs: number;
};

export type Poller = {
  /** Runs rounds as long as anybody has joined and not left. Returns the function that leaves. */
  join: () => () => void;
  readonly members: number;
};

/** Does one thing again and again for all who want it done: once, however many they are, and not at all without them. */
export function createPoller({ round, everyMs }: PollerOptions): Poller {
  let members = 0;
  let running: AbortController | null = null;
  let timer: NodeJS.Timeout | undefined;

  const run = async (signal: AbortSignal): Promise<void> => {
    const startedAtMs = performance.now();
    await round(signal);
    if (signal.aborted) return;
    timer = setTimeout(() => void run(signal), Math.max(0, everyMs - (performance.now() - startedAtMs)));
  };

  return {
    join: () => {
      members += 1;
      if (running === null) {
        const controller = new AbortController();
        running = controller;
        // It outlives the request that joined first.
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
