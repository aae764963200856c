import type { Book } from "../store/snapshot";
import { type Kind, kinds, type SeriesOf } from "../series/kinds";
import type { NodeState } from "../record/node-state";
import { origins } from "../series/series-table";

/** What one process knows of itself at one moment. */
export type Figures = {
  /** Everything since the process began, whoever asked. */
  series: { readonly [K in Kind]: ReadonlyMap<string, SeriesOf[K]> };
  /** Messages that were counted under "(other)". */
  capped: Readonly<Record<Kind, number>>;
  /** Messages that were not counted at all. */
  dropped: number;
  state: NodeState;
  memory: { rss: number; heapUsed: number; heapTotal: number; external: number };
  /** CPU time of all threads since the process began. */
  cpuSeconds: number;
  nodeVersion: string;
};

type SnapshotParts = Pick<Figures, "dropped" | "state"> & {
  /** A copy that nobody counts into. */
  totals: Book;
};

/** The figures of this process. */
export function takeFigures({ totals, dropped, state }: SnapshotParts): Figures {
  const { tables } = totals;
  const { user, system } = process.cpuUsage();
  return {
    series: {
      rpc: tables.rpc.sumOver(origins),
      sql: tables.sql.sumOver(origins),
      cache: tables.cache.sumOver(origins),
      tag: tables.tag.sumOver(origins),
      redis: tables.redis.sumOver(origins),
      job: tables.job.sumOver(origins),
      pool: tables.pool.sumOver(origins),
      process: tables.process.sumOver(origins),
      observer: tables.observer.sumOver(origins),
    },
    // One entry per kind, which Object.fromEntries cannot tell.
    capped: Object.fromEntries(kinds.map((kind) => [kind, tables[kind].capped])) as Record<Kind, number>,
    dropped,
    state,
    memory: process.memoryUsage(),
    cpuSeconds: (user + system) / 1e6,
    nodeVersion: process.version,
  };
}
