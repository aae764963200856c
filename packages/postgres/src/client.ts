import { runOutsideScope } from "@weir/core/scope";
import { createConnection } from "./connection";
import type { CopyIn } from "./copy";
import { createExplain, type Explain } from "./explain";
import { createGatedClient } from "./gated-client";
import { createParameterSamples, type ParameterSamples, type SampleMode } from "./parameter-samples";
import { createPool, type PoolStats } from "./pool";
import { createPoolGauge, type PoolGauge } from "./pool-gauge";
import { createDb, createTx, type Db, type Tx } from "./session";
import { createStatementNames, type StatementNames } from "./trace";
import type { TransactionOptions } from "./transaction";

export type DatabaseOptions = {
  url: string;
  /** The most connections, and the most statements in flight. */
  max?: number;
  /** The most statements that wait for one; the next is refused with DATABASE_BUSY. */
  queueLimit?: number;
  /** The longest wait for a connection. */
  acquireTimeoutMs?: number;
  /** After this Postgres ends a statement, which then fails with DATABASE_TIMEOUT. */
  statementTimeoutMs?: number;
  /** False sends every statement unprepared, to measure what preparing buys. */
  prepare?: boolean;
  /** What `pg_stat_activity` shows. */
  applicationName?: string;
  /** Whether the channel is told the values of statements: in development only. */
  tellsValues?: boolean;
  /** Whether values of statements are kept to plan with; only where Postgres cannot do without unless said. */
  samples?: SampleMode;
};

export type TransactionTools = { copyIn: CopyIn };

export type Database = {
  readonly db: Db;
  /** Runs `work` in a transaction and resolves after the commit; rolls back when it throws. */
  readonly transaction: <Result>(
    work: (tx: Tx, tools: TransactionTools) => Promise<Result>,
    options?: TransactionOptions,
  ) => Promise<Result>;
  readonly stats: () => PoolStats;
  /** How busy the pool was since the last answer, and is now; for one who asks again and again. */
  readonly gauge: PoolGauge;
  /** How Postgres would run a statement, or ran it. */
  readonly explain: Explain;
  /** What this process knows of the statements that it sends. */
  readonly statements: {
    readonly textsOf: StatementNames["textsOf"];
    readonly all: StatementNames["all"];
    readonly valuesOf: ParameterSamples["of"];
  };
  /** One round trip through the gate; resolves with its milliseconds. */
  readonly ping: () => Promise<number>;
  /** Refuses new statements with DATABASE_UNAVAILABLE, waits for those in flight, closes every connection. */
  readonly close: () => Promise<void>;
};

const minuteMs = 60_000;

/**
 * Opens a pool of its own; any number of them may live in one process. No connection is opened before the first
 * statement, so a wrong URL shows there. Connections keep settings and prepared statements: a proxy in between must not
 * share them among clients. Statements fail with DATABASE_BUSY, DATABASE_TIMEOUT or DATABASE_UNAVAILABLE
 * (a WeirError), or with the error that Postgres reported.
 */
export function createDatabase({
  url,
  max = 10,
  queueLimit = 1_000,
  acquireTimeoutMs = 3_000,
  statementTimeoutMs = 10_000,
  prepare = true,
  applicationName = "weir",
  samples: sampleMode = "auto",
  tellsValues = false,
}: DatabaseOptions): Database {
  const names = createStatementNames(tellsValues);
  const samples = createParameterSamples(sampleMode, () => performance.now());
  const pool = createPool({
    max,
    queueLimit,
    acquireTimeoutMs,
    statementTimeoutMs,
    now: () => performance.now(),
    // Spread, so that connections opened together are not replaced together.
    maxAgeMs: () => (30 + Math.random() * 30) * minuteMs,
    // It outlives the request that happens to need it first.
    openConnection: () =>
      runOutsideScope(() =>
        createConnection({
          url,
          applicationName,
          statementTimeoutMs,
          connectTimeoutMs: 5_000,
          prepare,
          onVersion: samples.heardVersion,
        }),
      ),
  });
  const client = createGatedClient(pool, names, samples);

  return {
    db: createDb(client, names),
    transaction: (work, options) =>
      client.begin((inner) => work(createTx(inner, names), { copyIn: inner.copyIn }), options),
    stats: pool.stats,
    gauge: createPoolGauge(pool, names),
    explain: createExplain(client, names),
    statements: { textsOf: names.textsOf, all: names.all, valuesOf: samples.of },
    ping: async () => {
      const beganMs = performance.now();
      await client.unsafe("select 1");
      return performance.now() - beganMs;
    },
    close: pool.close,
  };
}
