import type { CacheGroupRow, InsightsOverview, ProcedureRow, StatementRow } from "../contract/overview";
import type {
  BreakerName,
  GroupMetrics,
  TableExtras,
  ProcedureMetrics,
  RedisMetrics,
  StatementCaller,
  StatementMetrics,
  TagFamilyMetrics,
} from "../contract/tables";
import type { Histogram } from "@weir/core/sketches/histogram";
import type { SeriesOf, TelemetryTotals } from "@weir/telemetry";
import { byName, mergedHistogram, outcomesOf, perSecond, share, toTiming } from "./timing";
import { iso } from "./period";
import { countReads, hitRatio, loadsPer1000Reads } from "@weir/core/outcomes";
import type { NodeMetrics } from "../contract/nodes";

type Rpc = SeriesOf["rpc"];

/** All calls, failed ones included. */
export function callDurations({ ok, failed }: Rpc): Histogram {
  return mergedHistogram([ok, failed]);
}

export function toProcedureRow(name: string, series: Rpc): ProcedureRow {
  const { failed, faults } = series;
  return { ...toTiming(name, callDurations(series), faults), refused: failed.count - faults };
}

/** The caller sets `before`. */
export function toProcedures(series: ReadonlyMap<string, Rpc>, coveredMs: number): ProcedureMetrics[] {
  const rows = [...series].map(([name, one]) => ({ one, row: toProcedureRow(name, one) }));
  const allMs = rows.reduce((sum, { row }) => sum + row.totalMs, 0);
  return rows.map(({ one, row }) => {
    const perCall = (sum: number): number | null => share(sum, row.count);
    return {
      ...row,
      perSecond: perSecond(row.count, coveredMs),
      totalShare: share(row.totalMs, allMs),
      errorRatio: share(row.errors, row.count),
      errorCodes: [...one.errorCodes].map(([code, count]) => ({ code, count })).toSorted((a, b) => b.count - a.count),
      // Calls served from finished bytes ran no statement.
      statementsPerCall: perCall(one.statements.sum),
      cacheReadsPerCall: one.cacheReads.mean,
      poolWaitPerCallMs: perCall(one.poolWaitNs / 1e6),
      sqlPerCallMs: perCall(one.sqlNs / 1e6),
      bytesPerCall: one.bytes.mean,
      bytes: one.bytes.sum,
      inFlightMean: share(row.totalMs, coveredMs),
      inFlightPeak: one.inFlightPeak,
    };
  });
}

type Statement = SeriesOf["sql"];
type Seen = Pick<TelemetryTotals, "series" | "texts">;

const isoOrNull = (atMs: number | null): string | null => (atMs === null ? null : iso(atMs));

export function toStatementRow(name: string, series: Statement, text: string): StatementRow {
  return {
    ...toTiming(name, series.durations, series.errors),
    text,
    rows: series.rows,
    waitP95Ms: series.waits.quantile(0.95),
    waitTotalMs: series.waits.sumMs,
  };
}

function toCallers({ callers, durations }: Statement, calls: TelemetryTotals["series"]["rpc"]): StatementCaller[] {
  return callers.shares.map(({ procedure, count, sumMs }) => ({
    procedure,
    count,
    totalMs: sumMs,
    share: share(sumMs, durations.sumMs),
    perCall: share(count, calls.get(procedure)?.count ?? 0),
  }));
}

/** Runs by callers whose calls are known ÷ their calls. */
function perProcedureCall({ callers }: Statement, calls: TelemetryTotals["series"]["rpc"]): number | null {
  let runs = 0;
  let called = 0;
  for (const { procedure, count } of callers.shares) {
    const times = calls.get(procedure)?.count ?? 0;
    if (times === 0) continue;
    runs += count;
    called += times;
  }
  return share(runs, called);
}

/** One row with its full text; The caller sets `before`. */
export function toStatement(
  name: string,
  one: Statement,
  seen: Seen,
  time: { coveredMs: number; allMs: number },
): StatementMetrics {
  const known = seen.texts.get(name);
  const row = toStatementRow(name, one, known?.text ?? "");
  return {
    ...row,
    perSecond: perSecond(row.count, time.coveredMs),
    totalShare: share(row.totalMs, time.allMs),
    rowsPerRun: share(row.rows, row.count),
    waitMeanMs: share(row.waitTotalMs, one.waits.count),
    perProcedureCall: perProcedureCall(one, seen.series.rpc),
    callers: toCallers(one, seen.series.rpc),
    firstSeenAt: isoOrNull(known?.firstSeenMs ?? null),
    lastSeenAt: isoOrNull(known?.lastSeenMs ?? null),
  };
}

const maxShownLength = 1_000;
/** In a table, texts only need to be recognizable. */
export const cutText = (text: string): string =>
  text.length <= maxShownLength ? text : `${text.slice(0, maxShownLength)} …`;

/** The time of all statements. */
export function statementsMs(series: TelemetryTotals["series"]["sql"]): number {
  let sum = 0;
  for (const { durations } of series.values()) sum += durations.sumMs;
  return sum;
}

export function toStatements(seen: Seen, coveredMs: number): StatementMetrics[] {
  const time = { coveredMs, allMs: statementsMs(seen.series.sql) };
  return [...seen.series.sql].map(([name, one]) => toStatement(name, one, seen, time));
}

type Cache = SeriesOf["cache"];
type Tag = SeriesOf["tag"];

const maxMembers = 10;
/** How `databaseTimeSavedMs` is computed. */
export const savedFormula = "reads served without a load × (median load − median hit), per group; an estimate";

function toGroupRow(group: string, series: Cache): CacheGroupRow {
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

export function toGroups(series: ReadonlyMap<string, Cache>, coveredMs: number): GroupMetrics[] {
  return [...series].map(([group, one]) => {
    const row = toGroupRow(group, one);
    return {
      ...row,
      readsPerSecond: perSecond(row.reads, coveredMs),
      hitP50Ms: one.hits.quantile(0.5),
      loadP50Ms: one.loads.quantile(0.5),
      fills: one.fills,
      fillBytes: one.fillBytes,
      rejectedFills: one.rejectedFills,
      evictions: one.evictions,
      databaseTimeSavedMs: one.databaseTimeSavedMs,
    };
  });
}

/** The sum over the groups with a value; null when no group has one. */
export function databaseTimeSaved(series: Iterable<Cache>): number | null {
  let sum: number | null = null;
  for (const { databaseTimeSavedMs } of series) {
    if (databaseTimeSavedMs !== null) sum = (sum ?? 0) + databaseTimeSavedMs;
  }
  return sum;
}

export function toTagFamilies(series: ReadonlyMap<string, Tag>, coveredMs: number): TagFamilyMetrics[] {
  return [...series].map(([family, one]) => {
    const outcomes = outcomesOf([one]);
    const reads = countReads(outcomes);
    return {
      family,
      reads,
      readsPerSecond: perSecond(reads, coveredMs),
      outcomes,
      hitRatio: hitRatio(outcomes),
      hitP95Ms: one.hits.quantile(0.95),
      loads: one.loads.count,
      loadP95Ms: one.loads.quantile(0.95),
      members: one.members
        .top(maxMembers)
        .map(({ name, count, error }) => ({ tag: name, reads: count, atLeast: count - error })),
    };
  });
}

/** All groups together, and each, most reads first. */
export function summariseCache(series: ReadonlyMap<string, Cache>): InsightsOverview["cache"] {
  const groups = [...series]
    .map(([group, one]) => toGroupRow(group, one))
    .toSorted((a, b) => b.reads - a.reads || byName(a.group, b.group));
  const outcomes = outcomesOf(series.values());
  const loads = groups.reduce((sum, group) => sum + group.loads, 0);
  return {
    reads: countReads(outcomes),
    outcomes,
    hitRatio: hitRatio(outcomes),
    loadsPer1000Reads: loadsPer1000Reads(loads, outcomes),
    groups,
  };
}

type Redis = SeriesOf["redis"];

/** Suffix of a connection name: the series that counts changes of its breaker. */
const breakerSuffix = " (breaker)";

/** `<connection> <COMMAND>`. */
function partsOf(name: string): { connection: string; command: string } {
  const at = name.lastIndexOf(" ");
  return at === -1 ? { connection: name, command: "" } : { connection: name.slice(0, at), command: name.slice(at + 1) };
}

export function toRedisCommands(series: ReadonlyMap<string, Redis>, coveredMs: number): RedisMetrics[] {
  const commands = [...series].filter(([name, { durations }]) => !name.endsWith(breakerSuffix) && durations.count > 0);
  const allMs = commands.reduce((sum, [, { durations }]) => sum + durations.sumMs, 0);
  return commands.map(([name, { durations, errors }]) => ({
    ...toTiming(name, durations, errors),
    ...partsOf(name),
    perSecond: perSecond(durations.count, coveredMs),
    totalShare: share(durations.sumMs, allMs),
  }));
}

/** Each connection with a breaker, by name, with its current state on the reporting nodes. */
export function toBreakers(
  series: ReadonlyMap<string, Redis>,
  nodes: readonly NodeMetrics[],
): TableExtras["redis"]["breakers"] {
  const states = new Map<string, { id: string; state: BreakerName }[]>();
  for (const name of series.keys()) {
    if (name.endsWith(breakerSuffix)) states.set(name.slice(0, -breakerSuffix.length), []);
  }
  for (const { id, standing, report } of nodes) {
    if (standing !== "reporting") continue;
    for (const { connection, state } of report?.breakers ?? []) {
      states.set(connection, [...(states.get(connection) ?? []), { id, state }]);
    }
  }
  return [...states]
    .map(([connection, of]) => {
      const counts = series.get(`${connection}${breakerSuffix}`);
      return { connection, opened: counts?.opened ?? 0, closed: counts?.closed ?? 0, nodes: of };
    })
    .toSorted((a, b) => byName(a.connection, b.connection));
}
