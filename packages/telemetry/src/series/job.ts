import type { ByteReader, ByteWriter } from "@weir/core/sketches/bytes";
import { Histogram } from "@weir/core/sketches/histogram";
import { mergeEncoded, writeHistogram } from "@weir/core/sketches/histogram-codec";
import type { JobMessage } from "@weir/core/channels";

/** What the runs of one job did. */
export class JobSeries {
  /** From when it was due to when it began. */
  readonly waits = new Histogram();
  /** Failed runs included. */
  readonly runs = new Histogram();
  errors = 0;

  get count(): number {
    return this.runs.count;
  }

  get isEmpty(): boolean {
    return this.count === 0;
  }

  record({ waitMs, runMs, ok }: JobMessage): void {
    this.waits.record(waitMs);
    this.runs.record(runMs);
    if (!ok) this.errors += 1;
  }

  merge(other: JobSeries): void {
    this.waits.merge(other.waits);
    this.runs.merge(other.runs);
    this.errors += other.errors;
  }

  reset(): void {
    this.waits.reset();
    this.runs.reset();
    this.errors = 0;
  }

  write(writer: ByteWriter): void {
    writeHistogram(writer, this.waits);
    writeHistogram(writer, this.runs);
    writer.varint(this.errors);
  }

  mergeEncoded(reader: ByteReader): void {
    mergeEncoded(reader, this.waits);
    mergeEncoded(reader, this.runs);
    this.errors += reader.varint();
  }
}
