import { createSeries, type Kind, kinds, type SeriesOf } from "../series/kinds";
import type { Origin } from "@weir/core/scope";
import { SeriesTable } from "../series/series-table";

type Tables = { readonly [K in Kind]: SeriesTable<SeriesOf[K]> };

/** Everything counted in one slot. */
export class MetricSnapshot {
  readonly tables: Tables;
  /** Messages that could not be recorded. */
  dropped = 0;
  /** Messages recorded. */
  recorded = 0;

  constructor(maxSeries: number) {
    this.tables = {
      rpc: new SeriesTable(createSeries.rpc, maxSeries),
      sql: new SeriesTable(createSeries.sql, maxSeries),
      cache: new SeriesTable(createSeries.cache, maxSeries),
      tag: new SeriesTable(createSeries.tag, maxSeries),
      redis: new SeriesTable(createSeries.redis, maxSeries),
      job: new SeriesTable(createSeries.job, maxSeries),
      pool: new SeriesTable(createSeries.pool, maxSeries),
      process: new SeriesTable(createSeries.process, maxSeries),
      observer: new SeriesTable(createSeries.observer, maxSeries),
    };
  }

  /** Messages counted under "(other)" because the maximum number of names was reached. */
  get capped(): number {
    let count = 0;
    for (const kind of kinds) count += this.tables[kind].capped;
    return count;
  }

  /** Adds the counts of another snapshot, under the same names unless `nameOf` maps them. */
  merge(other: MetricSnapshot, nameOf?: NameOf): void {
    for (const kind of kinds) mergeKind(this.tables, other.tables, kind, nameOf);
    this.dropped += other.dropped;
    this.recorded += other.recorded;
  }

  reset(): void {
    for (const kind of kinds) this.tables[kind].reset();
    this.dropped = 0;
    this.recorded = 0;
  }
}

type NameOf = (kind: Kind, origin: Origin, name: string) => string;

function mergeKind<K extends Kind>(
  target: Pick<Tables, K>,
  source: Pick<Tables, K>,
  kind: K,
  nameOf: NameOf | undefined,
): void {
  const table: SeriesTable<SeriesOf[K]> = target[kind];
  table.merge(source[kind], nameOf && ((origin, name) => nameOf(kind, origin, name)));
}

export type SeriesByKind = { readonly [K in Kind]: ReadonlyMap<string, SeriesOf[K]> };

/** The series of each kind by name, merged over its origins. Returns copies that later counting does not change. */
export function sumTables(tables: Tables, originsOf: (kind: Kind) => Iterable<Origin>): SeriesByKind {
  return {
    rpc: tables.rpc.sumOver(originsOf("rpc")),
    sql: tables.sql.sumOver(originsOf("sql")),
    cache: tables.cache.sumOver(originsOf("cache")),
    tag: tables.tag.sumOver(originsOf("tag")),
    redis: tables.redis.sumOver(originsOf("redis")),
    job: tables.job.sumOver(originsOf("job")),
    pool: tables.pool.sumOver(originsOf("pool")),
    process: tables.process.sumOver(originsOf("process")),
    observer: tables.observer.sumOver(originsOf("observer")),
  };
}

/** Messages of each kind counted under "(other)". */
export function cappedOf(tables: Tables): Record<Kind, number> {
  // One entry per kind, which the type of Object.fromEntries cannot express.
  return Object.fromEntries(kinds.map((kind) => [kind, tables[kind].capped])) as Record<Kind, number>;
}
