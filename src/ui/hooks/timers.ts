import { useEffect, useState } from "react";

/** The browser's time in ms since 1970, updated every `everyMs`; zero stops the updates. */
export function useNow(everyMs: number): number {
  const [nowMs, setNowMs] = useState(() => Date.now());
  useEffect(() => {
    if (everyMs === 0) return;
    const renew = (): void => setNowMs(Date.now());
    // The value may be old if the updates were stopped before.
    const first = setTimeout(renew, 0);
    const timer = setInterval(renew, everyMs);
    return () => {
      clearTimeout(first);
      clearInterval(timer);
    };
  }, [everyMs]);
  return nowMs;
}

/** `value`, debounced by `delayMs`. An empty text takes effect immediately. */
export function useSettled(value: string, delayMs: number): string {
  const [settled, setSettled] = useState(value);
  useEffect(() => {
    const timer = setTimeout(() => setSettled(value), value === "" ? 0 : delayMs);
    return () => clearTimeout(timer);
  }, [value, delayMs]);
  return value === "" ? "" : settled;
}
