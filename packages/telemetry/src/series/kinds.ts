import { CacheSeries, TagSeries } from "./cache";
import { JobSeries } from "./job";
import { ObserverSeries } from "./observer";
import { PoolSeries } from "./pool";
import { ProcessSeries } from "./process";
import { RedisSeries } from "./redis";
import { RpcSeries } from "./rpc";
import { StatementSeries } from "./sql";

/** Kinds of series. Stored by position: add a new kind at the end. */
export const kinds = ["rpc", "sql", "cache", "tag", "redis", "job", "pool", "process", "observer"] as const;
export type Kind = (typeof kinds)[number];

/** The accumulator class of each kind. */
export type SeriesOf = {
  rpc: RpcSeries;
  sql: StatementSeries;
  cache: CacheSeries;
  tag: TagSeries;
  redis: RedisSeries;
  job: JobSeries;
  pool: PoolSeries;
  process: ProcessSeries;
  observer: ObserverSeries;
};

/** An empty accumulator of each kind. */
export const createSeries: { readonly [K in Kind]: () => SeriesOf[K] } = {
  rpc: () => new RpcSeries(),
  sql: () => new StatementSeries(),
  cache: () => new CacheSeries(),
  tag: () => new TagSeries(),
  redis: () => new RedisSeries(),
  job: () => new JobSeries(),
  pool: () => new PoolSeries(),
  process: () => new ProcessSeries(),
  observer: () => new ObserverSeries(),
};
