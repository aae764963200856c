import { confirm, invalidateHere, type InvalidateTools } from "./invalidate";
import type { Sweeper } from "./sweeper";
import type { Mutate, OutboxPort } from "./types";
import type { WithinMutation } from "./within-mutation";

export type MutateTools<Db, Tx> = InvalidateTools & {
  outbox: OutboxPort<Db, Tx> | undefined;
  sweeper: Sweeper | undefined;
  withinMutation: WithinMutation;
};

/**
 * Binds invalidations to a write: the tags that `work` touched are stored in its own transaction and fire after the
 * commit. If the process dies in between, a sweeper fires them; on a rollback nothing does.
 */
export function createMutate<Db, Tx>(tools: MutateTools<Db, Tx>): Mutate<Db, Tx> {
  const { outbox, sweeper, withinMutation, confirmFleet } = tools;
  return async (db, work, { mode = "purge", wait = "local" } = {}) => {
    if (outbox === undefined || sweeper === undefined) throw new TypeError("This cache was made without an outbox.");
    const tags = new Set<string>();
    const touched = {
      tags: (...more: string[]): void => {
        for (const tag of more) tags.add(tag);
      },
    };
    const transacted = outbox.transact(
      db,
      (tx) => withinMutation.run(() => work(tx, touched)),
      () => (tags.size === 0 ? null : { tags: [...tags], mode }),
    );
    const { result, outboxId } = await transacted.catch((error: unknown) => {
      // The commit may have happened even so, when its answer was lost. Then its row is there to be found.
      if (tags.size > 0) sweeper.sweepSoon();
      throw error;
    });
    if (outboxId === null) return result;
    sweeper.hold(outboxId);
    const invalidation = await invalidateHere(tools, { tags: [...tags] }, mode);
    // What was only queued stays in the outbox, in case this process dies before Redis is back.
    if (invalidation === null) sweeper.release(outboxId);
    else sweeper.settle(outboxId);
    if (wait === "fleet") await confirm(confirmFleet, invalidation);
    return result;
  };
}
