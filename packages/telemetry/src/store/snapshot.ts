import { createSeries, type Kind, kinds, type SeriesOf } from "../series/kinds";
import { SeriesTable } from "../series/series-table";

type Tables = { readonly [K in Kind]: SeriesTable<SeriesOf[K]> };

/** All that is counted over one span of time. */
export class Book {
  readonly tables: Tables;
  /** Messages that could not be recorded. */
  dropped = 0;
  /** Messages that were recorded. */
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

  /** Messages that were counted under "(other)", because their kind had no place for another name. */
  get capped(): number {
    let count = 0;
    for (const kind of kinds) count += this.tables[kind].capped;
    return count;
  }

  merge(other: Book): void {
    for (const kind of kinds) mergeKind(this.tables, other.tables, kind);
    this.dropped += other.dropped;
    this.recorded += other.recorded;
  }

  reset(): void {
    for (const kind of kinds) this.tables[kind].reset();
    this.dropped = 0;
    this.recorded = 0;
  }
}

function mergeKind<K extends Kind>(target: Pick<Tables, K>, source: Pick<Tables, K>, kind: K): void {
  const table: SeriesTable<SeriesOf[K]> = target[kind];
  table.merge(source[kind]);
}
