import { currentScope, runInScope } from "@weir/core/scope";
import type { Deadlines } from "./deadlines";
import type { Flight, Landed } from "./flight";
import { CacheError } from "./errors";

/**
 * What a flight under way brings, or a rejection with CACHE_LOAD_TIMEOUT once the deadline of the reader's own request
 * has passed. Only this reader's waiting ends then.
 */
export function withinOwnDeadline(deadlines: Deadlines, flight: Flight): Promise<Landed> {
  const untilMs = currentScope()?.deadlineAtMs ?? null;
  return new Promise((resolve, reject) => {
    if (untilMs === null) {
      flight.waiting.push({ landed: resolve, failed: reject });
      return;
    }
    // Half of what is left is for a load of one's own, should another node not be done by then.
    flight.waitUntilMs = Math.min(flight.waitUntilMs, (performance.now() + untilMs) / 2);
    const begun = deadlines.begin({ untilMs, giveUp: () => reject(new CacheError("CACHE_LOAD_TIMEOUT")) });
    flight.waiting.push({
      landed: (landed) => {
        deadlines.end(begun);
        resolve(landed);
      },
      failed: (error) => {
        deadlines.end(begun);
        reject(error);
      },
    });
  });
}

/**
 * Runs a load that others may wait for too, in a scope of its own, in the name of who began it but not under its deadline: a reader who came
 * with little time left must not fail those who have more. After `longestMs` nobody joins it any more, and it may end.
 */
export function withoutOwnDeadline<Result>(longestMs: number, load: () => Result): Result {
  const scope = currentScope();
  if (scope === undefined) return load();
  return runInScope({ ...scope, deadlineAtMs: performance.now() + longestMs, batch: null }, load);
}
