/** Wakes every waiter at the next change of a shared state. */
export type Bell = {
  ring: () => void;
  /** Resolves at the next ring or when the signal is aborted; immediately if it already is. */
  next: (signal: AbortSignal) => Promise<void>;
  /** Number of waiters. */
  readonly waiting: number;
};

export function createBell(): Bell {
  const waiting = new Set<() => void>();
  return {
    ring: () => {
      for (const wake of waiting) wake();
    },
    next: (signal) =>
      new Promise((resolve) => {
        const wake = (): void => {
          waiting.delete(wake);
          signal.removeEventListener("abort", wake);
          resolve();
        };
        if (signal.aborted) return resolve();
        waiting.add(wake);
        signal.addEventListener("abort", wake);
        return undefined;
      }),
    get waiting() {
      return waiting.size;
    },
  };
}
