import { cacheMetrics } from "./cache-metrics";
import { databaseMetrics } from "./database-metrics";
import { jobMetrics } from "./job-metrics";
import type { Metric } from "./metric";
import { observerMetrics } from "./observer-metrics";
import { processMetrics } from "./process-metrics";
import { redisMetrics } from "./redis-metrics";
import { rpcMetrics } from "./rpc-metrics";

/**
 * Everything that a process tells about itself, for Prometheus and for OpenTelemetry alike. Labels are names of
 * procedures, groups, families, statements, commands and jobs, which are capped; never keys, users or values.
 * `docs/metrics.md` lists the same; a test compares them.
 */
export const catalogue: readonly Metric[] = [
  ...rpcMetrics,
  ...cacheMetrics,
  ...databaseMetrics,
  ...redisMetrics,
  ...jobMetrics,
  ...processMetrics,
  ...observerMetrics,
];
