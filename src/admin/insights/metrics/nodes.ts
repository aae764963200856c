import type { InsightNode, NodeStanding } from "../contract/overview";
import type { InsightsObserver, InsightsPool, NodeMetrics, NodeReport } from "../contract/nodes";
import type { NodeState, SeriesOf, TelemetryTotals } from "@weir/telemetry";
import { iso } from "./period";
import { byName, onlySeries, spreadOf } from "./timing";
import type { InsightPeriod } from "../contract/range";
import { maxClockSkewMs } from "@weir/core/shared-clock";
import { Histogram } from "@weir/core/sketches/histogram";

/** Nodes report every second. A node without a report for this long counts as silent. */
const silentAfterMs = 10_000;
/** After this long a silent node counts as gone; longer ranges still include its earlier data. */
const goneAfterMs = 15 * 60_000;

export type HeardNode = { id: string; lastSeenMs: number; stopped: boolean; state?: NodeState | null };
export type HeardState = HeardNode & { state: NodeState | null };

/** The status of a node at `asOfMs`. A node that shut down cleanly is not expected to report. */
export function standingOf({ lastSeenMs, stopped }: Omit<HeardNode, "id">, asOfMs: number): NodeStanding {
  const silentMs = asOfMs - lastSeenMs;
  if (silentMs > goneAfterMs) return "gone";
  if (stopped) return "stopped";
  return silentMs > silentAfterMs ? "silent" : "reporting";
}

/** Each process start may count as a new node. Beyond this number, only the most recent nodes are returned. */
const maxNodes = 200;

const skewOf = (skewMs: number): number | null => (Math.abs(skewMs) > maxClockSkewMs ? skewMs : null);

/** By id, at most 200. */
export function toNodes(heard: readonly HeardNode[], asOfMs: number): InsightNode[] {
  return heard
    .toSorted((a, b) => b.lastSeenMs - a.lastSeenMs)
    .slice(0, maxNodes)
    .map((node) => ({
      id: node.id,
      lastSeenAt: iso(node.lastSeenMs),
      standing: standingOf(node, asOfMs),
      clockSkewMs: skewOf(node.state?.clockSkewMs ?? 0),
    }))
    .toSorted((a, b) => byName(a.id, b.id));
}

function toReport(state: NodeState): NodeReport {
  return {
    role: state.role,
    version: state.version,
    startedAt: iso(state.startedAtMs),
    callsInFlight: state.callsInFlight,
    pool: state.pool,
    breakers: Object.entries(state.redis).map(([connection, breaker]) => ({ connection, state: breaker })),
    cache: { epoch: state.cache.epoch, lagMs: state.cache.lagMs, isTrusted: state.cache.trusted },
    rssBytes: state.rssBytes,
    eventLoopUtilisation: state.loopUtilisation,
    eventLoopDelayP99Ms: state.loopDelayP99Ms,
  };
}

/** The same, each with its last report. */
export function toNodeMetrics(heard: readonly HeardState[], asOfMs: number): NodeMetrics[] {
  const reports = new Map(heard.map(({ id, state }) => [id, state === null ? null : toReport(state)]));
  return toNodes(heard, asOfMs).map((node) => ({ ...node, report: reports.get(node.id) ?? null }));
}

export function countStandings(nodes: readonly InsightNode[]): Record<NodeStanding, number> {
  const counts = { reporting: 0, silent: 0, stopped: 0, gone: 0 };
  for (const { standing } of nodes) counts[standing] += 1;
  return counts;
}

/** Merges both lists; for a node in both, the later report wins. */
export function joinHeard(some: readonly HeardNode[], others: readonly HeardNode[]): HeardNode[] {
  const joined = new Map(some.map((node) => [node.id, node]));
  for (const node of others) {
    const known = joined.get(node.id);
    if (known === undefined || known.lastSeenMs <= node.lastSeenMs) joined.set(node.id, node);
  }
  return [...joined.values()];
}

export function toPool(
  series: ReadonlyMap<string, SeriesOf["pool"]>,
  nodes: readonly NodeMetrics[],
): Omit<InsightsPool, keyof InsightPeriod> {
  const pool = series.get(onlySeries.pool);
  return {
    wait: spreadOf(pool?.waits ?? new Histogram()),
    inUseMean: pool?.inUseMean ?? null,
    queuedMean: pool?.queuedMean ?? null,
    inUsePeak: pool?.inUsePeak ?? 0,
    queuedPeak: pool?.queuedPeak ?? 0,
    max: pool?.max ?? 0,
    longestHeldMs: pool?.longestHeldMs ?? 0,
    refused: pool?.refused ?? 0,
    expired: pool?.expired ?? 0,
    nodes: nodes.flatMap(({ id, standing, report }) =>
      standing === "reporting" && report !== null ? [{ id, ...report.pool }] : [],
    ),
  };
}

type Observed = Pick<TelemetryTotals, "series" | "dropped" | "capped" | "undecodable">;

export function toObserver(
  seen: Observed,
): Omit<InsightsObserver, keyof InsightPeriod | "redis" | "postgres" | "retention"> {
  const sums = seen.series.observer.get(onlySeries.observer);
  const sum = (counter: Parameters<NonNullable<typeof sums>["get"]>[0]): number => sums?.get(counter) ?? 0;
  return {
    cpuShare: sums?.cpuShare ?? null,
    messages: sum("messages"),
    dropped: seen.dropped,
    capped: Object.entries(seen.capped)
      .filter(([, messages]) => messages > 0)
      .map(([kind, messages]) => ({ kind, messages })),
    undecodable: seen.undecodable,
    slotsLate: sum("slotsLate"),
    failedWrites: sum("failedWrites"),
    failedFlushes: sum("failedFlushes"),
    listenerFailures: sum("listenerFailures"),
    commands: sum("commands"),
    bytes: {
      fine: sum("fineBytes"),
      coarse: sum("coarseBytes"),
      texts: sum("textBytes"),
      traces: sum("traceBytes"),
    },
    traces: { kept: sum("tracesKept"), dropped: sum("tracesDropped") },
  };
}
