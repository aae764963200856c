const signals = ["SIGINT", "SIGTERM", "SIGHUP"] as const;

/** npm passes a Ctrl-C on although the terminal has delivered it already: what comes this soon is the same one again. */
const sameKeystrokeMs = 500;

/**
 * Calls `stop` at the first signal that asks this process to end, and `force` at each later one that a person meant.
 * Until then the process goes on: ending it is up to them.
 */
export function onStopSignal(stop: (signal: NodeJS.Signals) => void, force: () => void): void {
  let stoppedAt: number | null = null;
  for (const signal of signals) {
    process.on(signal, () => {
      if (stoppedAt === null) {
        stoppedAt = performance.now();
        stop(signal);
      } else if (performance.now() - stoppedAt > sameKeystrokeMs) force();
    });
  }
}
