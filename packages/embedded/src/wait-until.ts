import { setTimeout as pause } from "node:timers/promises";

/**
 * Asks again and again until `settled` answers true. Resolves to false when `timeoutMs` passed first.
 * What `settled` throws ends the wait.
 */
export async function waitUntil(
  settled: () => boolean | Promise<boolean>,
  timeoutMs: number,
  everyMs = 25,
): Promise<boolean> {
  const deadline = performance.now() + timeoutMs;
  for (;;) {
    if (await settled()) return true;
    if (performance.now() >= deadline) return false;
    await pause(everyMs);
  }
}
