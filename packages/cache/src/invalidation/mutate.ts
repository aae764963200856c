import { AsyncLocalStorage } from "node:async_hooks";
import { publishRun } from "@weir/core/channels";
import { runOutsideScope } from "@weir/core/scope";
import { CacheError } from "../contract/errors";
import type { TouchedRows } from "../contract/tags";
import type { InvalidateOptions, InvalidationMode, OutboxPort, OutboxRow } from "../contract/types";
import type { Verifier } from "../inspect/verify";
import { confirm, invalidateHere, type InvalidateTools } from "./invalidate";
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

/** Applies outbox rows of processes that died between commit and invalidation, and of writers outside the program. */
export type Sweeper = {
  /** Leaves this row to its own mutation on this node, which calls `settle` or `release` next. */
  hold: (id: string) => void;
  /** Deletes a row that was applied, in the background. */
  settle: (id: string) => void;
  /** Leaves a row to the sweep after all. */
  release: (id: string) => void;
  sweepSoon: () => void;
  close: () => Promise<void>;
};

export type SweeperOptions = {
  pending: (limit: number) => Promise<OutboxRow[]>;
  settle: (ids: readonly string[]) => Promise<void>;
  /** Resolves with false when Redis did not confirm. */
  invalidate: (tags: readonly string[], mode: InvalidationMode) => Promise<boolean>;
  /** True while Redis is known to be away; nothing is swept then. */
  isBlocked: () => boolean;
  everyMs: number;
  random: () => number;
};

const maxRows = 100;
const modes: readonly InvalidationMode[] = ["purge", "expire"];

export function createSweeper({ pending, settle, invalidate, isBlocked, everyMs, random }: SweeperOptions): Sweeper {
  const held = new Set<string>();
  const settling = new Set<Promise<void>>();
  let timer: NodeJS.Timeout | undefined;
  let dueAtMs: number | null = null;
  let sweeping: Promise<void> | undefined;
  let soon = false;
  let closed = false;

  /** Resolves with true when there may be more rows. */
  const sweep = async (): Promise<boolean> => {
    if (isBlocked()) return false;
    const rows = await pending(maxRows);
    const orphans = rows.filter(({ id }) => !held.has(id));
    for (const mode of modes) {
      const due = orphans.filter((row) => row.mode === mode);
      if (due.length === 0) continue;
      const tags = [...new Set(due.flatMap((row) => row.tags))];
      // One mode after the other: what Redis refuses for one it refuses for the other.
      if (!(await invalidate(tags, mode))) return false;
      await settle(due.map(({ id }) => id));
    }
    return rows.length === maxRows && orphans.length > 0;
  };

  const schedule = (more: boolean): void => {
    if (closed) return;
    clearTimeout(timer);
    const delayMs = more ? 0 : everyMs * (0.75 + random() / 2);
    dueAtMs = performance.now() + delayMs;
    timer = setTimeout(run, delayMs);
    timer.unref();
  };
  // A sweep may be requested by a request whose deadline has passed; the sweeps after it belong to no request.
  const run = (): void => runOutsideScope(sweepNow);
  function sweepNow(): void {
    if (closed) return;
    if (sweeping !== undefined) {
      soon = true;
      return;
    }
    soon = false;
    // The database may be away too; the rows are safe in it.
    const wasDueAtMs = dueAtMs;
    dueAtMs = null;
    sweeping = publishRun("outbox.sweep", wasDueAtMs, sweep)
      .catch(() => false)
      .then((more) => {
        sweeping = undefined;
        schedule(more || soon);
      });
  }
  schedule(false);

  return {
    hold: (id) => void held.add(id),
    release: (id) => void held.delete(id),
    settle: (id) => {
      // If deleting fails, a sweep applies the row once more, which does no harm.
      const settled = runOutsideScope(() => settle([id]))
        .catch(() => undefined)
        .finally(() => {
          held.delete(id);
          settling.delete(settled);
        });
      settling.add(settled);
    },
    sweepSoon: run,
    close: async () => {
      closed = true;
      clearTimeout(timer);
      await Promise.all([sweeping, ...settling]);
    },
  };
}
