import { Histogram } from "@/shared/histogram";
import type { Book } from "./book";
import { Exposition } from "./exposition";
import { origins } from "./series-table";

export type ProcessFigures = {
  /** Everything since the process began. */
  totals: Book;
  dropped: number;
  /** Busy share of the last interval, 0 to 1. */
  eventLoopUtilisation: number;
  memory: { rss: number; heapUsed: number; heapTotal: number };
};

/**
 * One process as Prometheus text, all origins together. Labels are names of procedures, groups and statements, which
 * are capped; never keys, users or values. `docs/metrics.md` lists the same metrics; a test compares them.
 */
export function renderPrometheus(figures: ProcessFigures): string {
  const { totals, memory } = figures;
  const page = new Exposition();
  const procedures = totals.rpc.sumOver(origins);
  const groups = totals.cache.sumOver(origins);
  const statements = totals.sql.sumOver(origins);

  page.family("weir_rpc_duration_seconds", "histogram", "Time to answer a procedure call.");
  for (const [procedure, { ok, failed }] of procedures) {
    if (ok.count > 0) page.histogram("weir_rpc_duration_seconds", { procedure, ok: "true" }, ok);
    if (failed.count > 0) page.histogram("weir_rpc_duration_seconds", { procedure, ok: "false" }, failed);
  }
  page.family("weir_rpc_errors_total", "counter", "Procedure calls that failed, by tRPC error code.");
  for (const [procedure, { errorCodes }] of procedures) {
    for (const [code, count] of errorCodes) page.sample("weir_rpc_errors_total", { procedure, code }, count);
  }

  page.family("weir_cache_reads_total", "counter", "Cache reads by how they ended and the tier that answered.");
  for (const [group, series] of groups) {
    for (const { outcome, tier, count } of series.endings()) {
      page.sample("weir_cache_reads_total", { group, outcome, tier: tier ?? "none" }, count);
    }
  }
  page.family("weir_cache_load_seconds", "histogram", "Time of the runs of loads behind the cache.");
  for (const [group, { loads }] of groups) page.histogram("weir_cache_load_seconds", { group }, loads);

  page.family("weir_sql_duration_seconds", "histogram", "Time of a statement from its permit to its last row.");
  const waits = new Histogram();
  for (const [statement, series] of statements) {
    page.histogram("weir_sql_duration_seconds", { statement }, series.durations);
    waits.merge(series.waits);
  }
  page.family("weir_pool_wait_seconds", "histogram", "Time statements waited for a permit of the database gate.");
  page.histogram("weir_pool_wait_seconds", {}, waits);

  page.family("weir_eventloop_utilisation", "gauge", "Busy share of the event loop in the last interval, 0 to 1.");
  page.sample("weir_eventloop_utilisation", {}, figures.eventLoopUtilisation);
  page.family("weir_telemetry_dropped_total", "counter", "Measurements that recording had to leave out.");
  page.sample("weir_telemetry_dropped_total", {}, figures.dropped);

  page.family("process_resident_memory_bytes", "gauge", "Resident memory of the process.");
  page.sample("process_resident_memory_bytes", {}, memory.rss);
  page.family("nodejs_heap_size_total_bytes", "gauge", "Heap that V8 has reserved.");
  page.sample("nodejs_heap_size_total_bytes", {}, memory.heapTotal);
  page.family("nodejs_heap_size_used_bytes", "gauge", "Heap that is in use.");
  page.sample("nodejs_heap_size_used_bytes", {}, memory.heapUsed);
  return page.text();
}
