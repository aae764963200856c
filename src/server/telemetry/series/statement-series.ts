import type { ByteReader, ByteWriter } from "@/shared/bytes";
import { Histogram } from "@/shared/histogram";
import { mergeEncoded, writeHistogram } from "@/shared/histogram-codec";
import type { SqlMessage } from "../../channels";

/** What one statement did. `durations` runs from the permit of the gate to the last row, `waits` ends at the permit. */
export class StatementSeries {
  readonly durations = new Histogram();
  readonly waits = new Histogram();
  errors = 0;
  rows = 0;

  get count(): number {
    return this.durations.count;
  }

  record(message: SqlMessage): void {
    this.durations.record(message.durationMs);
    this.waits.record(message.waitMs);
    if (!message.ok) this.errors += 1;
    if (message.rows > 0) this.rows += message.rows;
  }

  merge(other: StatementSeries): void {
    this.durations.merge(other.durations);
    this.waits.merge(other.waits);
    this.errors += other.errors;
    this.rows += other.rows;
  }

  reset(): void {
    this.durations.reset();
    this.waits.reset();
    this.errors = 0;
    this.rows = 0;
  }

  write(writer: ByteWriter): void {
    writeHistogram(writer, this.durations);
    writeHistogram(writer, this.waits);
    writer.varint(this.errors);
    writer.varint(this.rows);
  }

  mergeEncoded(reader: ByteReader): void {
    mergeEncoded(reader, this.durations);
    mergeEncoded(reader, this.waits);
    this.errors += reader.varint();
    this.rows += reader.varint();
  }
}
