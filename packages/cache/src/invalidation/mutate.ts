import { AsyncLocalStorage } from "node:async_hooks";
import { CacheError } from "../contract/errors";
import type { TouchedRows } from "../contract/tags";
import type { InvalidateOptions, OutboxPort } from "../contract/types";
import type { Verifier } from "../inspect/verify";
import { confirm, invalidateHere, type InvalidateTools } from "./invalidate";
import type { Sweeper } from "./sweeper";
import type { UsageChecks } from "./usage";

export type MutateTools<Db, Tx> = InvalidateTools & {
  outbox: OutboxPort<Db, Tx> | undefined;
  sweeper: Sweeper | undefined;
  mutationScope: MutationScope;
  verifier: Verifier | null;
  usage: UsageChecks | null;
};

/**
 * Binds invalidations to a write: the tags that `work` touched are stored in its own transaction and applied after the
 * commit. If the process dies in between, a sweeper applies them; on a rollback none are applied.
 */
export function createMutate<Db, Tx>(tools: MutateTools<Db, Tx>): MutateRows<Db, Tx> {
  const { outbox, sweeper, mutationScope, verifier, usage, confirmFleet } = tools;
  return async (db, tagsOf, work, { mode = "purge", wait = "local" } = {}) => {
    if (outbox === undefined || sweeper === undefined) throw new TypeError("This cache was created without an outbox.");
    const tags = new Set<string>();
    let isStated = false;
    const touched = {
      tags: (...more: string[]): void => {
        isStated = true;
        for (const tag of more) tags.add(tag);
      },
      row: (before: Parameters<typeof tagsOf>[0] | null, after: Parameters<typeof tagsOf>[0] | null): void => {
        if (before === null && after === null) throw new TypeError("touched.row(null, null): no row was written.");
        if (before !== null) touched.tags(...tagsOf(before));
        if (after !== null) touched.tags(...tagsOf(after));
      },
    };
    const transacted = outbox.transact(
      db,
      (tx) => mutationScope.run(() => work(tx, touched)),
      () => (tags.size === 0 ? null : { tags: [...tags], mode }),
    );
    const { result, outboxId } = await transacted.catch((error: unknown) => {
      // The commit may have happened even so, if its reply was lost. Then the sweep finds its row.
      if (tags.size > 0) sweeper.sweepSoon();
      throw error;
    });
    verifier?.onMutation([...tags], mode);
    if (outboxId === null) {
      if (!isStated) usage?.onNothingTouched();
      return result;
    }
    sweeper.hold(outboxId);
    const invalidation = await invalidateHere(tools, { tags: [...tags] }, mode);
    // A queued invalidation stays in the outbox, in case this process dies before Redis is back.
    if (invalidation === null) sweeper.release(outboxId);
    else sweeper.settle(outboxId);
    if (wait === "fleet") await confirm(confirmFleet, invalidation);
    return result;
  };
}

/** `Mutate` with the tags of the rows that `touched.row` takes. */
export type MutateRows<Db, Tx> = <Row, Result>(
  db: Db,
  tagsOf: (row: Row) => readonly string[],
  work: (tx: Tx, touched: TouchedRows<string, Row>) => Promise<Result>,
  options?: InvalidateOptions,
) => Promise<Result>;

/** Marks the work of a mutation, so that a cached read inside it is refused: it would see the state before the write. */
export type MutationScope = {
  run: <Result>(work: () => Promise<Result>) => Promise<Result>;
  /** @throws WeirError CACHE_READ_IN_MUTATION when called by such work or by anything it started */
  refuseReads: () => void;
};

export function createMutationScope(): MutationScope {
  const storage = new AsyncLocalStorage<true>();
  return {
    run: (work) => storage.run(true, work),
    refuseReads: () => {
      if (storage.getStore() === true) throw new CacheError("CACHE_READ_IN_MUTATION");
    },
  };
}
