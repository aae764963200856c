import type { ByteReader, ByteWriter } from "@weir/core/sketches/bytes";
import { Histogram } from "@weir/core/sketches/histogram";
import { mergeEncoded, writeHistogram } from "@weir/core/sketches/histogram-codec";
import type { SqlMessage } from "@weir/core/channels";

/** What one statement did. `durations` runs from the permit of the gate to the last row, `waits` ends at the permit. */
export class StatementSeries {
  readonly durations = new Histogram();
  readonly waits = new Histogram();
  /** Whose procedures sent it. */
  readonly callers = new Callers();
  errors = 0;
  rows = 0;

  get count(): number {
    return this.durations.count;
  }

  get isEmpty(): boolean {
    return this.count === 0;
  }

  /** `procedure`: in whose name it was sent; null outside any. */
  record(message: SqlMessage, procedure: string | null = null): void {
    const { durationMs } = message;
    this.durations.record(durationMs);
    this.waits.record(message.waitMs);
    this.callers.record(procedure, durationMs);
    if (!message.ok) this.errors += 1;
    if (message.rows > 0) this.rows += message.rows;
  }

  merge(other: StatementSeries): void {
    this.durations.merge(other.durations);
    this.waits.merge(other.waits);
    this.callers.merge(other.callers);
    this.errors += other.errors;
    this.rows += other.rows;
  }

  reset(): void {
    this.durations.reset();
    this.waits.reset();
    this.callers.reset();
    this.errors = 0;
    this.rows = 0;
  }

  write(writer: ByteWriter): void {
    writeHistogram(writer, this.durations);
    writeHistogram(writer, this.waits);
    this.callers.write(writer);
    writer.varint(this.errors);
    writer.varint(this.rows);
  }

  mergeEncoded(reader: ByteReader): void {
    mergeEncoded(reader, this.durations);
    mergeEncoded(reader, this.waits);
    this.callers.mergeEncoded(reader);
    this.errors += reader.varint();
    this.rows += reader.varint();
  }
}

/** More procedures than this send one statement under "(other)". */
const mostCallers = 16;
const otherCallers = "(other)";
/** Statements sent outside any procedure: jobs, boot. */
const noCaller = "(none)";

type Share = { count: number; sumNs: number };

/** How often, and how long in all, a statement ran for each procedure. */
export class Callers {
  readonly #shares = new Map<string, Share>();

  record(procedure: string | null, durationMs: number): void {
    const share = this.#at(procedure ?? noCaller);
    share.count += 1;
    if (durationMs > 0) share.sumNs += Math.round(durationMs * 1e6);
  }

  /** Those who sent it, most time first. */
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
    // In an order of their own, so that the same counts give the same bytes.
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
    const name = named < mostCallers || procedure === otherCallers ? procedure : otherCallers;
    let share = this.#shares.get(name);
    if (share === undefined) this.#shares.set(name, (share = { count: 0, sumNs: 0 }));
    return share;
  }
}
