import type {
  InsightMark,
  InsightsEnvironment,
  InsightsOverview,
  InsightsOverviewInput,
  InsightServiceNote,
  InsightsStatus,
  InsightTrouble,
} from "./contract/overview";
import type { InsightsNodes, InsightsObserver, InsightsPeriodInput, InsightsPool } from "./contract/nodes";
import type { InsightFilter } from "./contract/range";
import type { InsightsSeries, InsightsSeriesInput, InsightsStatement, InsightsStatementInput } from "./contract/series";
import type { InsightTable, TableInput, TableName } from "./contract/tables";
import { WeirError } from "@weir/core/errors";
import {
  countStandings,
  type HeardState,
  joinHeard,
  toNodeMetrics,
  toNodes,
  toObserver,
  toPool,
} from "./metrics/nodes";
import { toOverview } from "./metrics/overview";
import {
  iso,
  type Period,
  periodBefore,
  planPeriod,
  reportedOf,
  type Retention,
  toPeriod,
  usualRetention,
} from "./metrics/period";
import { seriesToRead, toSeriesAnswer } from "./metrics/series";
import { toStatementDetail, toTable } from "./metrics/tables";
import { createMarks, type ListActs } from "./marks";
import { createLiveFeed, type LiveFeed, type LiveRead } from "./live-feed";
import type { Origin } from "@weir/core/scope";
import type { RangeRequest, ReadRange, SeriesOf, TelemetryReader, TelemetryTotals } from "@weir/telemetry";
import { AdvisorError } from "@weir/query-advisor/errors";

const clients: readonly Origin[] = ["app", "lab"];
const everyone: readonly Origin[] = [...clients, "job", "admin"];

/** Defaults: all nodes, no comparison, without the dashboard's own traffic. */
export type Question = Pick<InsightFilter, "range"> & Partial<InsightFilter & { compare: boolean }>;

/**
 * The merged metrics of all nodes, at most a second old for any number of callers. A range has at most 400 buckets, a
 * table at most 200 rows. Each function throws a WeirError TELEMETRY_UNAVAILABLE when no store responds, and
 * RANGE_IN_FUTURE for a range that has not started.
 */
export type InsightsService = {
  /** The environment. */
  environment: () => InsightsEnvironment;
  /** What is missing from the metrics right now. Never rejects for a store that is down: it says so. */
  status: () => Promise<InsightsStatus>;
  /** Rows are sorted by total time, groups by reads, largest first. */
  overview: (input: Question & Partial<InsightsOverviewInput>) => Promise<InsightsOverview>;
  /** Streams the responses of the functions above and below, as they change. */
  live: LiveFeed["open"];
  series: (input: InsightsSeriesInput) => Promise<InsightsSeries>;
  /** A page of one of the tables. */
  table: <Name extends TableName>(name: Name, input: TableInput<Name>) => Promise<InsightTable<Name>>;
  /** Throws a WeirError STATEMENT_UNKNOWN when it did not run in the range and no node has its text. */
  statement: (input: InsightsStatementInput) => Promise<InsightsStatement>;
  pool: (input: InsightsPeriodInput) => Promise<InsightsPool>;
  nodes: () => Promise<InsightsNodes>;
  observer: (input: InsightsPeriodInput) => Promise<InsightsObserver>;
};

export type InsightsOptions = {
  reader: TelemetryReader;
  /** The audit log, for the markers on the charts. */
  listActs: ListActs;
  environment: InsightsEnvironment;
  /** Slot retention, if not the default: buckets are no finer than the stored slots. */
  retention?: Retention;
  /** The problems of this node's stores; costs nothing. */
  troubles?: () => readonly InsightTrouble[];
  /** What happened to the services that the application runs itself; nothing by default. */
  readServiceNotes?: () => Promise<readonly InsightServiceNote[]>;
  /** Wall clock in milliseconds. */
  now?: () => number;
};

/** Those of the range, oldest first. */
const marksIn = (marks: readonly InsightMark[] | null, { fromMs, toMs }: Pick<ReadRange, "fromMs" | "toMs">) =>
  marks?.filter(({ at }) => Date.parse(at) >= fromMs && Date.parse(at) < toMs).toReversed() ?? null;

type Seen = { now: TelemetryTotals; before: TelemetryTotals | null };

/** Computes the dashboard's metrics from what the nodes stored. */
export function createInsightsService(options: InsightsOptions): InsightsService {
  const {
    reader,
    listActs,
    environment,
    retention = usualRetention,
    now = Date.now,
    troubles,
    readServiceNotes,
  } = options;
  const readMarks = createMarks(listActs, now);

  const toRequest = ({ nodes, includeAdmin }: Question, { fromMs, toMs, stepMs }: Period): RangeRequest => ({
    fromMs,
    toMs,
    stepMs,
    origins: includeAdmin === true ? everyone : clients,
    nodeIds: nodes?.toSorted() ?? null,
  });
  const read = (question: Question): Promise<TelemetryTotals> =>
    reader.totals(toRequest(question, planPeriod(question.range, now(), retention)));
  const readBoth = async (question: Question): Promise<Seen> => {
    const nowMs = now();
    const period = planPeriod(question.range, nowMs, retention);
    const [seen, before] = await Promise.all([
      reader.totals(toRequest(question, period)),
      question.compare === true ? reader.totals(toRequest(question, periodBefore(period, nowMs, retention))) : null,
    ]);
    return { now: seen, before };
  };

  const isWanted = ({ nodes }: Question, { id }: { id: string }): boolean => nodes?.includes(id) ?? true;
  /** The reports of the nodes; null when they cannot be read. */
  const hearAll = async (): Promise<HeardState[] | null> => {
    try {
      return await reader.nodes();
    } catch (error) {
      if (error instanceof WeirError) return null;
      throw error;
    }
  };
  /** The reports of the wanted nodes; empty when they cannot be read, because the range may still be readable. */
  const hear = async (question: Question): Promise<HeardState[]> =>
    (await hearAll())?.filter((node) => isWanted(question, node)) ?? [];

  const readLive: LiveRead = (ask) => {
    switch (ask.name) {
      case "status":
        return service.status();
      case "overview":
        return service.overview(ask.input);
      case "series":
        return service.series(ask.input);
      case "procedures":
        return service.table(ask.name, ask.input);
      case "statements":
        return service.table(ask.name, ask.input);
      case "groups":
        return service.table(ask.name, ask.input);
      case "tags":
        return service.table(ask.name, ask.input);
      case "redis":
        return service.table(ask.name, ask.input);
      case "pool":
        return service.pool(ask.input);
      case "nodes":
        return service.nodes();
      case "observer":
        return service.observer(ask.input);
    }
  };

  const service: InsightsService = {
    environment: () => environment,
    async status() {
      const heard = await hearAll();
      const asOfMs = now();
      const nodes = heard === null ? null : toNodes(heard, asOfMs);
      return { asOf: iso(asOfMs), nodes, troubles: [...(troubles?.() ?? [])] };
    },
    async overview(input) {
      const [seen, heard, marks, serviceNotes = []] = await Promise.all([
        readBoth(input),
        hear(input),
        readMarks(),
        readServiceNotes?.(),
      ]);
      const { asOfMs } = seen.now;
      const rest = {
        nodes: toNodes(joinHeard(seen.now.nodes, heard), asOfMs),
        marks: marksIn(marks, seen.now),
      };
      return toOverview(input.range, seen.now, seen.before, rest, { troubles: troubles?.() ?? [], serviceNotes });
    },
    live: createLiveFeed({ read: readLive }).open,
    async series(input) {
      const nowMs = now();
      const period = planPeriod(input.range, nowMs, retention);
      const wanted = seriesToRead(input);
      const [seen, before, marks] = await Promise.all([
        reader.series({ ...toRequest(input, period), wanted }),
        input.compare ? reader.series({ ...toRequest(input, periodBefore(period, nowMs, retention)), wanted }) : null,
        readMarks(),
      ]);
      return { ...toSeriesAnswer(input, seen, before), marks: marksIn(marks, seen) };
    },
    async table(name, input) {
      const [seen, heard] = await Promise.all([readBoth(input), name === "redis" ? hear(input) : []]);
      return toTable(name, seen.now, seen.before, input, toNodeMetrics(heard, seen.now.asOfMs));
    },
    async statement(input) {
      const request = toRequest(input, planPeriod(input.range, now(), retention));
      const [seen, over] = await Promise.all([
        reader.totals(request),
        reader.series({ ...request, wanted: [{ kind: "sql", name: input.name }] }),
      ]);
      // Only one series was requested, and it is a statement.
      const buckets = (over.series[0] ?? []) as (SeriesOf["sql"] | null)[];
      const detail = toStatementDetail(input.name, seen, { ...over, buckets });
      if (detail === null) throw new AdvisorError("STATEMENT_UNKNOWN");
      return detail;
    },
    async pool(input) {
      const [seen, heard] = await Promise.all([read(input), hear(input)]);
      const nodes = toNodeMetrics(heard, seen.asOfMs);
      return { ...toPeriod(seen, reportedOf(seen)), ...toPool(seen.series.pool, nodes) };
    },
    async nodes() {
      const asOfMs = now();
      const nodes = toNodeMetrics(await reader.nodes(), asOfMs);
      return { asOf: iso(asOfMs), nodes, standings: countStandings(nodes) };
    },
    async observer(input) {
      const [seen, footprint] = await Promise.all([read(input), reader.footprint()]);
      return { ...toPeriod(seen, reportedOf(seen)), ...toObserver(seen), ...footprint };
    },
  };
  return service;
}
