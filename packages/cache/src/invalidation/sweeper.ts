import { publishRun } from "@weir/core/channels";
import { runOutsideScope } from "@weir/core/scope";
import type { InvalidationMode, OutboxRow } from "../contract/types";

/** Applies outbox rows of processes that died between commit and invalidation, and of writers outside the program. */
export type Sweeper = {
  /** Leaves this row to its own mutation on this node, which calls `settle` or `release` next. */
  hold: (id: string) => void;
  /** Deletes a row that was applied, in the background. */
  settle: (id: string) => void;
  /** Leaves a row to the sweep after all. */
  release: (id: string) => void;
  sweepSoon: () => void;
  /** Sweeps now and a few times soon after: rows were committed, and others may be about to be. */
  wake: () => void;
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
/** Of one invalidation, so that none keeps Redis for long; the tags of one row stay together. */
const maxTags = 1_000;
/** Of many writers that commit at the same time only one wakes the nodes. The others are there a moment later. */
const afterWakeMs = [10, 40, 160];
/** Between the starts of two sweeps. */
const minGapMs = 5;
const modes: readonly InvalidationMode[] = ["purge", "expire"];

export function createSweeper({ pending, settle, invalidate, isBlocked, everyMs, random }: SweeperOptions): Sweeper {
  const held = new Set<string>();
  const settling = new Set<Promise<void>>();
  let timer: NodeJS.Timeout | undefined;
  let dueAtMs: number | null = null;
  let beganAtMs = Number.NEGATIVE_INFINITY;
  let nextWaits: number[] = [];
  let sweeping: Promise<void> | undefined;
  let soon = false;
  let closed = false;

  /** Resolves with true when there may be more rows. */
  const sweep = async (): Promise<boolean> => {
    if (isBlocked()) return false;
    const rows = await pending(maxRows);
    const orphans = rows.filter(({ id }) => !held.has(id));
    for (const mode of modes) {
      for (const due of inChunks(orphans.filter((row) => row.mode === mode))) {
        const tags = [...new Set(due.flatMap((row) => row.tags))];
        // One after the other: what Redis refuses for one it refuses for the next.
        if (!(await invalidate(tags, mode))) return false;
        await settle(due.map(({ id }) => id));
      }
    }
    return rows.length === maxRows && orphans.length > 0;
  };

  const schedule = (more: boolean): void => {
    if (closed) return;
    clearTimeout(timer);
    const waitMs = more ? 0 : (nextWaits.shift() ?? everyMs * (0.75 + random() / 2));
    const delayMs = Math.max(waitMs, beganAtMs + minGapMs - performance.now());
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
    beganAtMs = performance.now();
    sweeping = publishRun("outbox.sweep", wasDueAtMs, sweep)
      .catch(() => false)
      .then((more) => {
        sweeping = undefined;
        schedule(more || soon);
      });
  }
  const wake = (): void => {
    nextWaits = [...afterWakeMs];
    if (sweeping !== undefined) soon = true;
    else runOutsideScope(() => schedule(true));
  };
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
    wake,
    close: async () => {
      closed = true;
      clearTimeout(timer);
      await Promise.all([sweeping, ...settling]);
    },
  };
}

/** Rows in their order, with at most `maxTags` tags together; a row of more stands alone. */
function* inChunks(rows: readonly OutboxRow[]): Generator<readonly OutboxRow[]> {
  let chunk: OutboxRow[] = [];
  let tags = 0;
  for (const row of rows) {
    if (chunk.length > 0 && tags + row.tags.length > maxTags) {
      yield chunk;
      chunk = [];
      tags = 0;
    }
    chunk.push(row);
    tags += row.tags.length;
  }
  if (chunk.length > 0) yield chunk;
}
