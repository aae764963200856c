import { publishRun } from "@weir/core/channels";
import { currentScope, runInScope } from "@weir/core/scope";

/** Loads that nobody waits for; a bounded number at a time, the rest is left to a later reader. */
export type Refreshes = {
  /** False when there is no room. */
  run: (work: () => Promise<void>) => boolean;
};

export function createRefreshes({ most }: { most: number }): Refreshes {
  let running = 0;
  return {
    run: (work) => {
      if (running >= most) return false;
      running += 1;
      void publishRun("cache.refresh", null, () => detached(work))
        // Whoever asked for it has been told, or there is nobody to tell.
        .catch(() => undefined)
        .finally(() => {
          running -= 1;
        });
      return true;
    },
  };
}

/** The reader who found the old value has its answer: its deadline does not bind the refresh, nor is it charged for it. */
function detached(work: () => Promise<void>): Promise<void> {
  const scope = currentScope();
  if (scope === undefined) return work();
  return runInScope({ ...scope, request: { id: scope.request.id }, deadlineAtMs: null, counts: null }, work);
}
