import { randomUUID } from "node:crypto";
import {
  type CacheGroupRow,
  type InsightBucket,
  insightRanges,
  type InsightsEnvironment,
  type InsightsOverview,
  type InsightsOverviewInput,
  type OutcomeCounts,
  outcomeNames,
  type ProcedureRow,
  readsWithoutLoad,
  type StatementRow,
  type TimingRow,
} from "@/contracts/insights";
import { Histogram } from "@/shared/histogram";
import { createMarks, type ListActs } from "../../live/marks";
import { createOverviewFeed, type OverviewFeed } from "../../live/overview-feed";
import type { Origin } from "../../scope";
import type { CacheSeries, RpcSeries, StatementSeries, TelemetryReader } from "../../telemetry/read";

const clients: readonly Origin[] = ["app", "lab"];
const everyone: readonly Origin[] = [...clients, "job", "admin"];

export type InsightsService = {
  /**
   * What all nodes did in the range, at most a second old. Rows are sorted by total time, groups by reads, largest
   * first. Throws a WeirError TELEMETRY_UNAVAILABLE when the store does not answer.
   */
  overview: (input: InsightsOverviewInput) => Promise<InsightsOverview>;
  /** Where one is. */
  environment: () => InsightsEnvironment;
  /** The overview as it changes, once a second, from now or from an earlier event on. Fails as `overview` does. */
  live: OverviewFeed["open"];
};

function toTiming(name: string, durations: Histogram, errors: number): TimingRow {
  const { count, sumMs } = durations;
  return {
    name,
    count,
    errors,
    meanMs: count === 0 ? null : sumMs / count,
    p50Ms: durations.quantile(0.5),
    p95Ms: durations.quantile(0.95),
    p99Ms: durations.quantile(0.99),
    maxMs: count === 0 ? null : durations.maxMs,
    totalMs: sumMs,
  };
}

function toProcedureRow([name, { ok, failed, faults }]: [string, RpcSeries]): ProcedureRow {
  const durations = new Histogram();
  durations.merge(ok);
  durations.merge(failed);
  return { ...toTiming(name, durations, faults), refused: failed.count - faults };
}

function toStatementRow(name: string, series: StatementSeries, text: string): StatementRow {
  return {
    ...toTiming(name, series.durations, series.errors),
    text,
    rows: series.rows,
    waitP95Ms: series.waits.quantile(0.95),
    waitTotalMs: series.waits.sumMs,
  };
}

function outcomesOf(series: Iterable<CacheSeries>): OutcomeCounts {
  const counts = { hitL1: 0, hitL2: 0, coalesced: 0, stale: 0, negative: 0, miss: 0, error: 0, bypass: 0 };
  for (const one of series) one.addOutcomes(counts);
  return counts;
}

function countReads(outcomes: OutcomeCounts): number {
  return outcomeNames.reduce((sum, name) => sum + outcomes[name], 0);
}

/** The reads that asked the cache: both ratios are of these. */
function countAsking(outcomes: OutcomeCounts): number {
  return countReads(outcomes) - outcomes.bypass;
}

/** (hit + stale + negative) ÷ all reads but bypass; null without such reads. */
function hitRatio(outcomes: OutcomeCounts): number | null {
  const asked = countAsking(outcomes);
  const served = readsWithoutLoad(outcomes);
  return asked === 0 ? null : served / asked;
}

function toGroupRow([group, series]: [string, CacheSeries]): CacheGroupRow {
  const outcomes = outcomesOf([series]);
  return {
    group,
    reads: countReads(outcomes),
    outcomes,
    hitRatio: hitRatio(outcomes),
    hitP95Ms: series.hits.quantile(0.95),
    loadP95Ms: series.loads.quantile(0.95),
    loads: series.loads.count,
  };
}

function summariseCache(series: ReadonlyMap<string, CacheSeries>): InsightsOverview["cache"] {
  const groups = [...series].map(toGroupRow).toSorted((a, b) => b.reads - a.reads || byName(a.group, b.group));
  const outcomes = outcomesOf(series.values());
  const asked = countAsking(outcomes);
  const loads = groups.reduce((sum, group) => sum + group.loads, 0);
  return {
    reads: countReads(outcomes),
    outcomes,
    hitRatio: hitRatio(outcomes),
    loadsPer1000Reads: asked === 0 ? null : (loads / asked) * 1_000,
    groups,
  };
}

function byName(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

function byTotalTime(a: TimingRow, b: TimingRow): number {
  return b.totalMs - a.totalMs || byName(a.name, b.name);
}

const iso = (atMs: number): string => new Date(atMs).toISOString();

export type InsightsOptions = {
  reader: TelemetryReader;
  /** The audit log, for the marks on the charts. */
  listActs: ListActs;
  environment: InsightsEnvironment;
  /** Wall clock in milliseconds. */
  now?: () => number;
};

/** Turns what the nodes stored into what the dashboard shows. */
export function createInsightsService(options: InsightsOptions): InsightsService {
  const { reader, listActs, environment, now = Date.now } = options;
  const readMarks = createMarks(listActs, now);
  const service: InsightsService = {
    environment: () => environment,
    async overview({ range, includeAdmin }) {
      const { rangeMs, stepMs } = insightRanges[range];
      const [seen, marks] = await Promise.all([
        reader.overview({ rangeMs, stepMs, origins: includeAdmin ? everyone : clients }),
        readMarks(),
      ]);
      const toBucket = (slot: (typeof seen.slots)[number], index: number): InsightBucket =>
        slot === null ? null : { at: iso(seen.fromMs + index * stepMs), ...slot };
      const toStatement = ([name, series]: [string, StatementSeries]): StatementRow =>
        toStatementRow(name, series, seen.statementTexts.get(name) ?? "");
      return {
        asOf: iso(seen.asOfMs),
        range,
        from: iso(seen.fromMs),
        stepMs,
        buckets: seen.slots.map(toBucket),
        nodes: seen.nodes.map(({ id, lastSeenMs }) => ({ id, lastSeenAt: iso(lastSeenMs) })),
        cache: summariseCache(seen.cacheGroups),
        procedures: [...seen.procedures].map(toProcedureRow).toSorted(byTotalTime),
        statements: [...seen.statements].map(toStatement).toSorted(byTotalTime),
        dropped: seen.dropped,
        marks: marks?.filter(({ at }) => Date.parse(at) >= seen.fromMs).toReversed() ?? null,
      };
    },
    live: createOverviewFeed({ read: (input) => service.overview(input), newTableId: randomUUID }).open,
  };
  return service;
}
