import { CacheSeries } from "./series/cache-series";
import { RpcSeries } from "./series/rpc-series";
import { StatementSeries } from "./series/statement-series";
import { SeriesTable } from "./series-table";

/** All that is counted over one span of time. */
export class Book {
  readonly rpc: SeriesTable<RpcSeries>;
  readonly sql: SeriesTable<StatementSeries>;
  readonly cache: SeriesTable<CacheSeries>;
  /** Messages that could not be recorded. */
  dropped = 0;
  /** Messages that were recorded. */
  recorded = 0;

  constructor(maxSeries: number) {
    this.rpc = new SeriesTable(() => new RpcSeries(), maxSeries);
    this.sql = new SeriesTable(() => new StatementSeries(), maxSeries);
    this.cache = new SeriesTable(() => new CacheSeries(), maxSeries);
  }

  merge(other: Book): void {
    this.rpc.merge(other.rpc);
    this.sql.merge(other.sql);
    this.cache.merge(other.cache);
    this.dropped += other.dropped;
    this.recorded += other.recorded;
  }

  reset(): void {
    this.rpc.reset();
    this.sql.reset();
    this.cache.reset();
    this.dropped = 0;
    this.recorded = 0;
  }
}
