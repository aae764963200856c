import { runOutsideScope } from "@weir/core/scope";
import { checkTimerMs } from "@weir/core/timers";
import { createConnection } from "./connection/connection";
import type { CopyIn } from "./connection/copy";
import { createHostChoice } from "./connection/hosts";
import { ownSession, type Pooling } from "./connection/settings";
import { createExplain, type Explain } from "./statements/explain";
import { createGatedClient } from "./gate/gated-client";
import { createParameterSamples, type ParameterSamples, type SampleMode } from "./statements/parameter-samples";
import { createPool, createPoolGauge, type PoolGauge, type PoolStats } from "./gate/pool";
import { createDb, createTx, type Db, type Tx } from "./session";
import { createStatementNames, type StatementNames } from "./statements/events";
import type { TransactionOptions } from "./transaction";

export type DatabaseOptions = {
  url: string;
  /** Maximum number of connections, and of statements in flight (default 10). */
  max?: number;
  /** Maximum number of statements that wait for a connection; the next is refused with DATABASE_BUSY (default 1 000). */
  queueLimit?: number;
  /** Maximum wait for a connection (default 3 000). */
  acquireTimeoutMs?: number;
  /** After this Postgres ends a statement, which then fails with DATABASE_TIMEOUT (default 10 000). */
  statementTimeoutMs?: number;
  /** What connections may assume of their sessions, from `detectPooling`; sessions of their own by default. */
  pooling?: Pooling;
  /** False sends every statement unprepared, to measure what preparing buys. */
  prepare?: boolean;
  /** Shown in `pg_stat_activity` (default `weir`). */
  applicationName?: string;
  /** Whether messages on `channels.sql` include parameters: in development only (default false). */
  publishesParameters?: boolean;
  /** Whether to keep parameters of statements to plan with (default `auto`: only where Postgres cannot plan without). */
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
  /**
   * Whether a connection owns its session. If not, the sessions belong to a pooler in transaction mode: no LISTEN, no session
   * settings, no temporary tables, no advisory locks beyond a transaction.
   */
  readonly pooling: Pooling;
  readonly stats: () => PoolStats;
  /** The load of the pool since the last call, and now; for one periodic caller. */
  readonly gauge: PoolGauge;
  /** Asks Postgres how it would run a statement, or how it ran it. */
  readonly explain: Explain;
  /** What this process knows about the statements that it sends. */
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
const connectTimeoutMs = 5_000;

/**
 * Creates a database client with a pool of its own; a process may have several. The first statement opens the first
 * connection, so a wrong URL fails there. Behind a pooler in transaction mode, pass `pooling: await detectPooling(url)`. Statements reject with DATABASE_BUSY, DATABASE_TIMEOUT or DATABASE_UNAVAILABLE
 * (a WeirError), or with the error that Postgres reported.
 * @throws RangeError for a timeout that no timer can keep
 */
export function createDatabase({
  url,
  max = 10,
  queueLimit = 1_000,
  acquireTimeoutMs = 3_000,
  statementTimeoutMs = 10_000,
  prepare = true,
  pooling = ownSession,
  applicationName = "weir",
  samples: sampleMode = "auto",
  publishesParameters = false,
}: DatabaseOptions): Database {
  checkTimerMs("acquireTimeoutMs", acquireTimeoutMs);
  checkTimerMs("statementTimeoutMs", statementTimeoutMs);
  const names = createStatementNames(publishesParameters);
  const samples = createParameterSamples(sampleMode, () => performance.now());
  const chooseHost = createHostChoice(url, connectTimeoutMs);
  const pool = createPool({
    max,
    queueLimit,
    acquireTimeoutMs,
    statementTimeoutMs,
    now: () => performance.now(),
    // Spread, so that connections that were opened together are not replaced together.
    maxAgeMs: () => (30 + Math.random() * 30) * minuteMs,
    // A connection outlives the request that needs it first.
    openConnection: () =>
      runOutsideScope(() =>
        createConnection({
          url,
          applicationName,
          statementTimeoutMs,
          connectTimeoutMs,
          chooseHost,
          prepare,
          pooling,
          onServerVersion: samples.onServerVersion,
          onReadOnly: () => pool.renew(),
        }),
      ),
  });
  const client = createGatedClient(pool, names, samples);

  return {
    db: createDb(client, names),
    transaction: (work, options) =>
      client.begin((inner) => work(createTx(inner, names), { copyIn: inner.copyIn }), options),
    pooling,
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
