import type { PoolSeries } from "../series/pool";
import type { StatementSeries } from "../series/sql";
import { Histogram } from "@weir/core/sketches/histogram";
import type { Figures } from "./process-snapshot";
import { counter, gauge, histogram, type Metric, type NumberMetric } from "./metric";

const labels = ["statement"] as const;

const perStatement = (name: string, help: string, valueOf: (series: StatementSeries) => number): NumberMetric =>
  counter({
    name,
    help,
    labels,
    read: ({ series }, emit) => {
      for (const [statement, one] of series.sql) emit([statement], valueOf(one));
    },
  });

const ofPool = (name: string, help: string, valueOf: (pool: PoolSeries) => number): NumberMetric =>
  counter({ name, help, read: ({ series }, emit) => emit([], sumOf(series.pool.values(), valueOf)) });

function sumOf(pools: Iterable<PoolSeries>, valueOf: (pool: PoolSeries) => number): number {
  let sum = 0;
  for (const pool of pools) sum += valueOf(pool);
  return sum;
}

const nowOfPool = (name: string, help: string, valueOf: (pool: Figures["state"]["pool"]) => number): NumberMetric =>
  gauge({ name, help, read: ({ state }, emit) => emit([], valueOf(state.pool)) });

export const databaseMetrics: readonly Metric[] = [
  histogram({
    name: "weir_sql_duration_seconds",
    help: "Time of a statement from its permit to its last row.",
    labels,
    read: ({ series }, emit) => {
      for (const [statement, { durations }] of series.sql) emit([statement], durations);
    },
  }),
  perStatement("weir_sql_errors_total", "Statements that failed.", ({ errors }) => errors),
  perStatement("weir_sql_rows_total", "Rows that statements answered.", ({ rows }) => rows),
  histogram({
    name: "weir_pool_wait_seconds",
    help: "Time statements waited for a permit of the database gate.",
    read: ({ series }, emit) => {
      const waits = new Histogram();
      for (const pool of series.pool.values()) waits.merge(pool.waits);
      emit([], waits);
    },
  }),
  nowOfPool("weir_pool_max", "Permits of the database gate.", ({ max }) => max),
  nowOfPool("weir_pool_in_use", "Permits that are in use.", ({ inUse }) => inUse),
  nowOfPool("weir_pool_queued", "Statements that wait for a permit.", ({ queued }) => queued),
  nowOfPool(
    "weir_pool_longest_held_seconds",
    "How long the one who holds a permit longest has held it by now.",
    ({ longest }) => (longest?.heldMs ?? 0) / 1e3,
  ),
  ofPool("weir_pool_refused_total", "Statements that the gate turned away at once.", ({ refused }) => refused),
  ofPool("weir_pool_expired_total", "Statements that gave up waiting for a permit.", ({ expired }) => expired),
];
