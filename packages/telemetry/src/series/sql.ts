import type { SqlMessage } from "@weir/core/channels";
import type { ByteReader, ByteWriter } from "@weir/core/sketches/bytes";
import { Histogram } from "@weir/core/sketches/histogram";
import { Count, type Field, Series } from "./fields";
import { metricsOf, type SeriesMetric } from "./metric";

/** One statement. `durations` runs from the gate permit to the last row; `waits` ends at the permit. */
export class StatementSeries extends Series {
  readonly durations = this.field(new Histogram());
  readonly waits = this.field(new Histogram());
  /** Procedures that sent it. */
  readonly callers = this.field(new Callers());
  readonly #errors = this.field(new Count());
  readonly #rows = this.field(new Count());

  get count(): number {
    return this.durations.count;
  }

  get isEmpty(): boolean {
    return this.count === 0;
  }

  get errors(): number {
    return this.#errors.value;
  }

  get rows(): number {
    return this.#rows.value;
  }

  /** `procedure`: the procedure that sent it; null outside any. */
  record(message: SqlMessage, procedure: string | null = null): void {
    const { durationMs } = message;
    this.durations.record(durationMs);
    this.waits.record(message.waitMs);
    this.callers.record(procedure, durationMs);
    if (!message.ok) this.#errors.value += 1;
    if (message.rows > 0) this.#rows.value += message.rows;
  }
}

/** Further procedures that send the statement are counted under "(other)". */
const maxCallers = 16;
const otherCallers = "(other)";
/** Statements sent outside any procedure: jobs, startup. */
const noCaller = "(none)";

type Share = { count: number; sumNs: number };

/** Number and total duration of runs for each procedure. */
export class Callers implements Field {
  readonly #shares = new Map<string, Share>();

  record(procedure: string | null, durationMs: number): void {
    const share = this.#at(procedure ?? noCaller);
    share.count += 1;
    if (durationMs > 0) share.sumNs += Math.round(durationMs * 1e6);
  }

  /** Callers, largest total time first. */
  get shares(): { procedure: string; count: number; sumMs: number }[] {
    return [...this.#shares]
      .filter(([, { count }]) => count > 0)
      .map(([procedure, { count, sumNs }]) => ({ procedure, count, sumMs: sumNs / 1e6 }))
      .toSorted((a, b) => b.sumMs - a.sumMs || (a.procedure < b.procedure ? -1 : 1));
  }

  merge(other: Callers): void {
    for (const [procedure, share] of other.#shares) if (share.count > 0) this.#add(procedure, share);
  }

  reset(): void {
    for (const [procedure, share] of this.#shares) {
      if (share.count === 0) this.#shares.delete(procedure);
      share.count = 0;
      share.sumNs = 0;
    }
  }

  write(writer: ByteWriter): void {
    // Sorted, so that the same counts give the same bytes.
    const used = [...this.#shares].filter(([, { count }]) => count > 0).toSorted(([a], [b]) => (a < b ? -1 : 1));
    writer.varint(used.length);
    for (const [procedure, { count, sumNs }] of used) {
      writer.text(procedure);
      writer.varint(count);
      writer.varint(sumNs);
    }
  }

  mergeEncoded(reader: ByteReader): void {
    const used = reader.varint();
    for (let index = 0; index < used; index += 1) {
      const procedure = reader.text();
      this.#add(procedure, { count: reader.varint(), sumNs: reader.varint() });
    }
  }

  #add(procedure: string, { count, sumNs }: Share): void {
    const share = this.#at(procedure);
    share.count += count;
    share.sumNs += sumNs;
  }

  #at(procedure: string): Share {
    return this.#shares.get(procedure) ?? this.#admit(procedure);
  }

  #admit(procedure: string): Share {
    const named = this.#shares.size - (this.#shares.has(otherCallers) ? 1 : 0);
    const name = named < maxCallers || procedure === otherCallers ? procedure : otherCallers;
    let share = this.#shares.get(name);
    if (share === undefined) this.#shares.set(name, (share = { count: 0, sumNs: 0 }));
    return share;
  }
}

const { counter, histogram } = metricsOf<StatementSeries>("statement");

export const sqlMetrics: readonly SeriesMetric<StatementSeries>[] = [
  histogram({
    name: "weir_sql_duration_seconds",
    help: "Duration of statements, from the permit to the last row.",
    of: ({ durations }) => durations,
  }),
  counter({ name: "weir_sql_errors_total", help: "Failed statements.", of: ({ errors }) => errors }),
  counter({ name: "weir_sql_rows_total", help: "Rows returned by statements.", of: ({ rows }) => rows }),
];
