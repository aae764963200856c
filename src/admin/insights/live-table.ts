import {
  bucketColumns,
  cellOf,
  type LiveCell,
  type LiveMetrics,
  type LiveHead,
  type LiveSchema,
  type LiveTableName,
  liveTableNames,
  liveTables,
} from "./contract/live";
import type { InsightsOverview } from "./contract/overview";

type Kept = { cells: LiveCell[]; text: string; changedAt: number };
type Series = { identity: LiveCell[]; addedAt: number; row: Kept | null };

const rowsOf = (overview: InsightsOverview): Record<LiveTableName, readonly object[]> => ({
  nodes: overview.nodes,
  groups: overview.cache.groups,
  procedures: overview.procedures,
  statements: overview.statements,
});

function headOf(overview: InsightsOverview): LiveHead {
  const { buckets: _buckets, nodes: _nodes, procedures: _procedures, statements: _statements, ...rest } = overview;
  const { groups: _groups, ...cache } = rest.cache;
  return { ...rest, cache };
}

/** The stored cells; the same object as before when unchanged. */
function keep(before: Kept | null | undefined, cells: LiveCell[], sequence: number): Kept {
  const text = JSON.stringify(cells);
  return before?.text === text ? before : { cells, text, changedAt: sequence };
}

class SeriesTable {
  readonly #columns: readonly string[];
  readonly #identity: readonly string[];
  readonly #places = new Map<string, number>();
  readonly series: Series[] = [];
  order: number[] = [];

  constructor(name: LiveTableName) {
    this.#columns = liveTables[name].columns;
    this.#identity = liveTables[name].identity;
  }

  take(rows: readonly object[], sequence: number): void {
    this.order = rows.map((row) => {
      const identity = this.#identity.map((part) => cellOf(row, part));
      const place = this.#placeOf(identity, sequence);
      const series = this.series[place];
      const cells = this.#columns.map((column) => cellOf(row, column));
      if (series !== undefined) series.row = keep(series.row, cells, sequence);
      return place;
    });
  }

  #placeOf(identity: LiveCell[], sequence: number): number {
    const name = JSON.stringify(identity);
    const known = this.#places.get(name);
    if (known !== undefined) return known;
    const place = this.series.push({ identity, addedAt: sequence, row: null }) - 1;
    this.#places.set(name, place);
    return place;
  }

  added(since: number): LiveCell[][] {
    return this.series.filter(({ addedAt }) => addedAt > since).map(({ identity }) => identity);
  }

  changed(since: number): LiveCell[][] {
    return this.order.flatMap((place) => {
      const row = this.series[place]?.row;
      return row && row.changedAt > since ? [[place, ...row.cells]] : [];
    });
  }
}

/**
 * The last overview, and when each part of it last changed. A client with any earlier state gets the difference,
 * regardless of how many states lie in between: nothing is queued per client.
 */
export class LiveTable {
  readonly #tables = new Map(liveTableNames.map((name) => [name, new SeriesTable(name)]));
  #buckets = new Map<number, Kept>();
  #head: LiveHead | null = null;
  #sequence = 0;

  /** Grows with each overview; 0 before the first. */
  get sequence(): number {
    return this.#sequence;
  }

  /** Start of the first and of the last bucket, in ms since 1970, and their width. */
  get window(): { fromMs: number; toMs: number; stepMs: number } {
    const begins = [...this.#buckets.keys()];
    return { fromMs: begins[0] ?? 0, toMs: begins.at(-1) ?? 0, stepMs: this.#head?.stepMs ?? 0 };
  }

  /** All series seen so far, including those without a row. */
  get size(): number {
    return [...this.#tables.values()].reduce((sum, { series }) => sum + series.length, 0);
  }

  take(overview: InsightsOverview): void {
    this.#sequence += 1;
    const rows = rowsOf(overview);
    for (const [name, table] of this.#tables) table.take(rows[name], this.#sequence);
    const fromMs = Date.parse(overview.from);
    this.#buckets = new Map(
      overview.buckets.map((bucket, index) => {
        const beginMs = fromMs + index * overview.stepMs;
        const cells = bucket === null ? [] : bucketColumns.map((column) => cellOf(bucket, column));
        return [beginMs, keep(this.#buckets.get(beginMs), cells, this.#sequence)];
      }),
    );
    this.#head = headOf(overview);
  }

  schema(gap: LiveSchema["gap"]): LiveSchema {
    return {
      type: "schema",
      buckets: bucketColumns,
      tables: liveTables,
      series: this.#collect((table) => table.added(0)),
      gap,
    };
  }

  /** The difference from the state after `since`; only buckets that start at `fromMs` or later. */
  figures(since: number, fromMs = 0, knowsSeries = true): LiveMetrics | null {
    if (this.#head === null) return null;
    const buckets: LiveCell[][] = [];
    for (const [beginMs, { cells, changedAt }] of this.#buckets) {
      if (changedAt > since && beginMs >= fromMs) buckets.push([beginMs, ...cells]);
    }
    return {
      type: "figures",
      head: this.#head,
      series: knowsSeries ? this.#collect((table) => table.added(since), true) : {},
      rows: this.#collect((table) => table.changed(since), true),
      order: this.#collect((table) => table.order),
      buckets,
    };
  }

  #collect<Part>(of: (table: SeriesTable) => Part[], onlyFilled?: false): Record<LiveTableName, Part[]>;
  #collect<Part>(of: (table: SeriesTable) => Part[], onlyFilled: true): Partial<Record<LiveTableName, Part[]>>;
  #collect<Part>(of: (table: SeriesTable) => Part[], onlyFilled = false): Partial<Record<LiveTableName, Part[]>> {
    const parts: Partial<Record<LiveTableName, Part[]>> = {};
    for (const [name, table] of this.#tables) {
      const part = of(table);
      if (!onlyFilled || part.length > 0) parts[name] = part;
    }
    return parts;
  }
}
