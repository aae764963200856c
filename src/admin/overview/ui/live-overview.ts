import {
  type InsightsLiveEvent,
  type LiveCell,
  type LiveMetrics,
  type LiveSchema,
  type LiveTableName,
  liveTableNames,
  rowOf,
} from "@/admin/insights/contract/live";
import type { InsightsOverview } from "@/admin/insights/contract/overview";

/** The accumulated events. */
export type LiveState = {
  schema: LiveSchema;
  series: Record<LiveTableName, LiveCell[][]>;
  rows: Record<LiveTableName, ReadonlyMap<number, LiveCell[]>>;
  /** By start, in ms since 1970; empty where no node reported. */
  buckets: ReadonlyMap<number, LiveCell[]>;
  /** Null between a schema and the first metrics. */
  figures: LiveMetrics | null;
};

function mapTables<Value>(make: (name: LiveTableName) => Value): Record<LiveTableName, Value> {
  // One entry for each table in the list.
  return Object.fromEntries(liveTableNames.map((name) => [name, make(name)])) as Record<LiveTableName, Value>;
}

/** Replaces the changed rows, given as `[key, ...cells]`. */
function put(before: ReadonlyMap<number, LiveCell[]>, changed: readonly LiveCell[][]): ReadonlyMap<number, LiveCell[]> {
  if (changed.length === 0) return before;
  const after = new Map(before);
  for (const [key, ...cells] of changed) after.set(Number(key), cells);
  return after;
}

/** The state after an event. A schema resets all but the buckets, which later events update. */
export function applyLiveEvent(state: LiveState | null, event: InsightsLiveEvent): LiveState | null {
  if (event.type === "schema") {
    return {
      schema: event,
      series: event.series,
      rows: mapTables(() => new Map()),
      buckets: state?.buckets ?? new Map(),
      figures: null,
    };
  }
  if (state === null) return null;
  const fromMs = Date.parse(event.head.from);
  const buckets = new Map([...put(state.buckets, event.buckets)].filter(([beginMs]) => beginMs >= fromMs));
  return {
    schema: state.schema,
    series: mapTables((name) => [...state.series[name], ...(event.series[name] ?? [])]),
    rows: mapTables((name) => put(state.rows[name], event.rows[name] ?? [])),
    buckets,
    figures: event,
  };
}

/** Assembles the overview; undefined until metrics have arrived. */
export function toOverview({ schema, series, rows, buckets, figures }: LiveState): InsightsOverview | undefined {
  if (figures === null) return undefined;
  const { head, order } = figures;
  const table = (name: LiveTableName): Record<string, unknown>[] => {
    const { identity, columns } = schema.tables[name];
    return order[name].map((place) => ({
      ...rowOf(identity, series[name][place] ?? []),
      ...rowOf(columns, rows[name].get(place) ?? []),
    }));
  };
  const fromMs = Date.parse(head.from);
  const length = Math.round((Math.max(fromMs, ...buckets.keys()) - fromMs) / head.stepMs) + 1;
  const overview = {
    ...head,
    buckets: Array.from({ length }, (_, index) => {
      const beginMs = fromMs + index * head.stepMs;
      const cells = buckets.get(beginMs) ?? [];
      return cells.length === 0 ? null : { at: new Date(beginMs).toISOString(), ...rowOf(schema.buckets, cells) };
    }),
    nodes: table("nodes"),
    cache: { ...head.cache, groups: table("groups") },
    procedures: table("procedures"),
    statements: table("statements"),
  };
  // The columns match the row types; this is checked where the server lists them.
  return overview as unknown as InsightsOverview;
}
