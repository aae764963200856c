import { useEffect, useState } from "react";

/** The browser's time in ms since 1970, renewed every `everyMs`; zero stands it still. */
export function useNow(everyMs: number): number {
  const [nowMs, setNowMs] = useState(() => Date.now());
  useEffect(() => {
    if (everyMs === 0) return;
    const renew = (): void => setNowMs(Date.now());
    // It may have stood still before.
    const first = setTimeout(renew, 0);
    const timer = setInterval(renew, everyMs);
    return () => {
      clearTimeout(first);
      clearInterval(timer);
    };
  }, [everyMs]);
  return nowMs;
}

/** `value`, once it has not changed for `delayMs`. An emptied text settles at once. */
export function useSettled(value: string, delayMs: number): string {
  const [settled, setSettled] = useState(value);
  useEffect(() => {
    const timer = setTimeout(() => setSettled(value), value === "" ? 0 : delayMs);
    return () => clearTimeout(timer);
  }, [value, delayMs]);
  return value === "" ? "" : settled;
}
