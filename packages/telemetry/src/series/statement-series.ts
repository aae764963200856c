import type { ByteReader, ByteWriter } from "@weir/core/sketches/bytes";
import { Histogram } from "@weir/core/sketches/histogram";
import { mergeEncoded, writeHistogram } from "@weir/core/sketches/histogram-codec";
import type { SqlMessage } from "@weir/core/channels";
import { Callers } from "./callers";

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
