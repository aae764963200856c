import { publishRun } from "@weir/core/channels";
import { runOutsideScope } from "@weir/core/scope";
import type { Mode } from "./marks";
import type { OutboxRow } from "./types";

/** Fires what lies in the outbox: rows of processes that died between commit and invalidation, and of other writers. */
export type Sweeper = {
  /** This row is fired by its own mutation on this node, which calls `settle` or `release` next. */
  hold: (id: string) => void;
  /** Forgets a row that was fired, in the background. */
  settle: (id: string) => void;
  /** Leaves a row to the sweep after all. */
  release: (id: string) => void;
  sweepSoon: () => void;
  close: () => Promise<void>;
};

export type SweeperOptions = {
  pending: (limit: number) => Promise<OutboxRow[]>;
  settle: (ids: readonly string[]) => Promise<void>;
  /** False when Redis did not confirm. */
  fire: (tags: readonly string[], mode: Mode) => Promise<boolean>;
  /** While Redis is known to be away there is nothing to do. */
  isBlocked: () => boolean;
  everyMs: number;
  random: () => number;
};

const mostRows = 100;
const modes: readonly Mode[] = ["purge", "expire"];

export function createSweeper({ pending, settle, fire, isBlocked, everyMs, random }: SweeperOptions): Sweeper {
  const held = new Set<string>();
  const settling = new Set<Promise<void>>();
  let timer: NodeJS.Timeout | undefined;
  let dueAtMs: number | null = null;
  let sweeping: Promise<void> | undefined;
  let soon = false;
  let closed = false;

  /** True when there may be more. */
  const sweep = async (): Promise<boolean> => {
    if (isBlocked()) return false;
    const rows = await pending(mostRows);
    const orphans = rows.filter(({ id }) => !held.has(id));
    for (const mode of modes) {
      const due = orphans.filter((row) => row.mode === mode);
      if (due.length === 0) continue;
      const tags = [...new Set(due.flatMap((row) => row.tags))];
      // In order: what Redis refuses for one mode it refuses for the other.
      if (!(await fire(tags, mode))) return false;
      await settle(due.map(({ id }) => id));
    }
    return rows.length === mostRows && orphans.length > 0;
  };

  const schedule = (more: boolean): void => {
    if (closed) return;
    clearTimeout(timer);
    const delayMs = more ? 0 : everyMs * (0.75 + random() / 2);
    dueAtMs = performance.now() + delayMs;
    timer = setTimeout(run, delayMs);
    timer.unref();
  };
  // Whoever asks for a sweep may be a request whose time is up; the sweeps after it are nobody's.
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
      // Should it fail, a sweep fires the row once more, which does no harm.
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
