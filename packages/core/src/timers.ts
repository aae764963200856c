/** The longest wait of a timer: Node and browsers fire one that is longer at once. Also the longest of Postgres' timeouts. */
export const maxTimerMs = 2 ** 31 - 1;

/**
 * A wait that comes from outside, for a timer: between 0 and `maxMs`. What is not a number waits for `maxMs`, because a wait
 * that cannot be read must not become none.
 */
export function timerMs(ms: number, maxMs: number = maxTimerMs): number {
  const longestMs = maxMs < maxTimerMs ? maxMs : maxTimerMs;
  // Comparisons with NaN are false.
  return ms <= longestMs ? Math.max(0, ms) : longestMs;
}

/**
 * The setting as it is. `name` is how the caller knows it.
 * @throws RangeError for anything but a number of milliseconds from `minMs` to `maxTimerMs`
 */
export function checkTimerMs(name: string, ms: number, minMs = 1): number {
  if (typeof ms === "number" && ms >= minMs && ms <= maxTimerMs) return ms;
  throw new RangeError(`${name} must be a number of milliseconds from ${minMs} to ${maxTimerMs}; got ${String(ms)}.`);
}
