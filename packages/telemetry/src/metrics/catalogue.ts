import type { Histogram } from "@weir/core/sketches/histogram";
import type { Magnitudes } from "@weir/core/sketches/magnitudes";
import type { NodeState } from "../record/node-state";
import { cacheMetrics, tagMetrics } from "../series/cache";
import { jobMetrics } from "../series/job";
import type { Kind, SeriesOf } from "../series/kinds";
import type { LabelValues, ProcessFacts, SeriesMetric, Unit } from "../series/metric";
import { observerMetrics } from "../series/observer";
import { poolMetrics } from "../series/pool";
import { processMetrics } from "../series/process";
import { redisMetrics } from "../series/redis";
import { rpcMetrics } from "../series/rpc";
import { origins } from "../series/series-table";
import { sqlMetrics } from "../series/sql";
import { cappedOf, type MetricSnapshot, type SeriesByKind, sumTables } from "../store/snapshot";

/** The state of one process at one moment, counted since it started, for all origins. */
export type ProcessSnapshot = ProcessFacts & { series: SeriesByKind };

/** `totals`: a copy that no longer changes. */
export function takeProcessSnapshot(given: {
  totals: MetricSnapshot;
  dropped: number;
  state: NodeState;
}): ProcessSnapshot {
  const { user, system } = process.cpuUsage();
  const { tables } = given.totals;
  return {
    series: sumTables(tables, () => origins),
    capped: cappedOf(tables),
    dropped: given.dropped,
    state: given.state,
    memory: process.memoryUsage(),
    cpuSeconds: (user + system) / 1e6,
    nodeVersion: process.version,
  };
}

type Described<Type extends string, Value> = {
  name: string;
  type: Type;
  unit: Unit;
  help: string;
  labels: readonly string[];
  /** Emits each sample of a snapshot. */
  read: (snapshot: ProcessSnapshot, emit: (labels: LabelValues, value: Value) => void) => void;
};

/** A metric of this process, independent of the exposition format. */
export type Metric =
  | Described<"counter" | "gauge", number>
  | Described<"histogram", Histogram>
  | Described<"magnitudes", Magnitudes>;

function ofKind<K extends Kind>(kind: K, declared: readonly SeriesMetric<SeriesOf[K]>[]): Metric[] {
  return declared.map((metric) => {
    // A metric emits values of its own type, which a union of metrics cannot express.
    const read = metric.read as (series: SeriesByKind[K], emit: never, facts: ProcessFacts) => void;
    return {
      ...metric,
      read: (snapshot: ProcessSnapshot, emit: never) => read(snapshot.series[kind], emit, snapshot),
    } as Metric; // As above.
  });
}

/**
 * Every metric of a process, for both Prometheus and OpenTelemetry. Each metric is declared beside
 * the series it reads. Labels are names of procedures, groups, families, statements, commands and jobs, which are
 * capped; never keys, users or values. `docs/metrics.md` lists the same metrics; a test compares the two.
 */
export const catalogue: readonly Metric[] = [
  ...ofKind("rpc", rpcMetrics),
  ...ofKind("cache", cacheMetrics),
  ...ofKind("tag", tagMetrics),
  ...ofKind("sql", sqlMetrics),
  ...ofKind("pool", poolMetrics),
  ...ofKind("redis", redisMetrics),
  ...ofKind("job", jobMetrics),
  ...ofKind("process", processMetrics),
  ...ofKind("observer", observerMetrics),
];
