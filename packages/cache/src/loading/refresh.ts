import { publishRun } from "@weir/core/channels";
import { currentScope, runInScope } from "@weir/core/scope";

/** Background loads: a bounded number at a time; the rest is left to later readers. */
export type Refreshes = {
  /** Returns false when the pool is full. */
  run: (work: () => Promise<void>) => boolean;
};

export function createRefreshes({ max }: { max: number }): Refreshes {
  let running = 0;
  return {
    run: (work) => {
      if (running >= max) return false;
      running += 1;
      void publishRun("cache.refresh", null, () => detached(work))
        // Readers that joined have received the error; no other caller waits for a refresh.
        .catch(() => undefined)
        .finally(() => {
          running -= 1;
        });
      return true;
    },
  };
}

/** The reader that found the stale value has its response: the refresh has no deadline and does not count for its request. */
function detached(work: () => Promise<void>): Promise<void> {
  const scope = currentScope();
  if (scope === undefined) return work();
  return runInScope({ ...scope, request: { id: scope.request.id }, deadlineAtMs: null, counts: null }, work);
}

/** What decides when an entry is refreshed early. Times are local ms. */
export type Aging = { readonly value: unknown; readonly loadMs: number; readonly freshUntilMs: number };

/** −ln of a random number exceeds 10 once in 22 000 reads: before this many load times no read needs to draw one. */
const maxLead = 10;

/** The earliest time at which `isDueEarly` can return true. */
export function earlyFrom({ value, loadMs, freshUntilMs }: Aging): number {
  return value === null ? Number.POSITIVE_INFINITY : freshUntilMs - maxLead * loadMs;
}

/**
 * Returns true when this read should refresh a fresh entry, so that a hot key is replaced before it expires. The closer the
 * expiry and the longer the load, the more likely. Of readers at a steady pace few do, and rarely more than one.
 *
 * Vattani, Chierichetti, Lowenstein: Optimal Probabilistic Cache Stampede Prevention (VLDB 2015), with beta = 1.
 */
export function isDueEarly(aging: Aging, nowMs: number, random: () => number): boolean {
  if (nowMs < earlyFrom(aging)) return false;
  // 1 − random() is above 0, so its logarithm is finite.
  return nowMs - aging.loadMs * Math.log(1 - random()) >= aging.freshUntilMs;
}

const maxDoublings = 20;

/** How long a key is not refreshed after a failed load that follows `failures` other failures in a row, in ms. */
export function backoffAfter(
  { backoffMs, random }: { readonly backoffMs: { readonly min: number; readonly max: number }; random: () => number },
  failures: number,
): number {
  const doubled = backoffMs.min * 2 ** Math.min(failures, maxDoublings);
  return Math.min(backoffMs.max, doubled) * (0.75 + random() / 2);
}
