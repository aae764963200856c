import { timerMs } from "@weir/core/timers";

/** Resolves after the time, or when the signal is aborted; leaves no timer or listener behind. */
export function pause(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const end = (): void => {
      clearTimeout(timer);
      signal.removeEventListener("abort", end);
      resolve();
    };
    const timer = setTimeout(end, timerMs(ms));
    if (signal.aborted) end();
    else signal.addEventListener("abort", end);
  });
}
