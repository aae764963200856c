import type { ByteReader, ByteWriter } from "@weir/core/sketches/bytes";
import { Histogram } from "@weir/core/sketches/histogram";
import { mergeEncoded, writeHistogram } from "@weir/core/sketches/histogram-codec";
import { Magnitudes } from "@weir/core/sketches/magnitudes";
import { isServerFault } from "@weir/core/rpc-codes";
import type { RpcMessage } from "@weir/core/channels";

/** tRPC has some twenty codes; more of them than this would be a fault, and go under "(other)". */
const MOST_CODES = 32;

/** What one procedure did: latencies apart by how the call ended, failures by code. */
export class RpcSeries {
  readonly ok = new Histogram();
  readonly failed = new Histogram();
  readonly errorCodes = new Map<string, number>();
  /** Bodies of answers in bytes as they went out, without heads; of calls whose answer was one body or a part of one. */
  readonly bytes = new Magnitudes();
  /** Statements per call, of the calls that could send some. Those of a load shared by several calls count for the first. */
  readonly statements = new Magnitudes();
  /** Cache reads per call, one per key. */
  readonly cacheReads = new Magnitudes();
  /** Waits for a permit of the database gate, all calls together, in whole nanoseconds. */
  poolWaitNs = 0;
  /** Time from the permit to the last row, all calls together, in whole nanoseconds. */
  sqlNs = 0;
  /** The most calls under way at once, on one node. The mean over a span is the sum of durations divided by the span. */
  inFlightPeak = 0;

  get count(): number {
    return this.ok.count + this.failed.count;
  }

  /** A slot may hold the bytes of a call that ended in the one before. */
  get isEmpty(): boolean {
    return this.count === 0 && this.bytes.count === 0;
  }

  /** Calls that failed by a fault of the server; the others in `failed` were refused. */
  get faults(): number {
    let count = 0;
    for (const [code, times] of this.errorCodes) if (isServerFault(code)) count += times;
    return count;
  }

  record(message: RpcMessage): void {
    const { bytes, counts, inFlight } = message;
    if (message.ok) this.ok.record(message.durationMs);
    else this.#recordFailure(message);
    if (bytes !== undefined) this.bytes.record(bytes);
    if (inFlight !== undefined && inFlight > this.inFlightPeak) this.inFlightPeak = inFlight;
    if (counts === undefined) return;
    this.statements.record(counts.statements);
    this.cacheReads.record(counts.cacheReads);
    if (counts.statements === 0) return;
    this.poolWaitNs += Math.round(counts.poolWaitMs * 1e6);
    this.sqlNs += Math.round(counts.sqlMs * 1e6);
  }

  /** The body of an answer whose call was recorded before it was written. */
  recordBytes(bytes: number): void {
    this.bytes.record(bytes);
  }

  merge(other: RpcSeries): void {
    this.ok.merge(other.ok);
    this.failed.merge(other.failed);
    for (const [code, count] of other.errorCodes) this.#countCode(code, count);
    this.bytes.merge(other.bytes);
    this.statements.merge(other.statements);
    this.cacheReads.merge(other.cacheReads);
    this.poolWaitNs += other.poolWaitNs;
    this.sqlNs += other.sqlNs;
    this.inFlightPeak = Math.max(this.inFlightPeak, other.inFlightPeak);
  }

  reset(): void {
    this.ok.reset();
    this.failed.reset();
    this.errorCodes.clear();
    this.bytes.reset();
    this.statements.reset();
    this.cacheReads.reset();
    this.poolWaitNs = 0;
    this.sqlNs = 0;
    this.inFlightPeak = 0;
  }

  write(writer: ByteWriter): void {
    writeHistogram(writer, this.ok);
    writeHistogram(writer, this.failed);
    writer.varint(this.errorCodes.size);
    for (const [code, count] of [...this.errorCodes].toSorted(([a], [b]) => (a < b ? -1 : 1))) {
      writer.text(code);
      writer.varint(count);
    }
    this.bytes.write(writer);
    this.statements.write(writer);
    this.cacheReads.write(writer);
    writer.varint(this.poolWaitNs);
    writer.varint(this.sqlNs);
    writer.varint(this.inFlightPeak);
  }

  mergeEncoded(reader: ByteReader): void {
    mergeEncoded(reader, this.ok);
    mergeEncoded(reader, this.failed);
    const codes = reader.varint();
    for (let index = 0; index < codes; index += 1) this.#countCode(reader.text(), reader.varint());
    this.bytes.mergeEncoded(reader);
    this.statements.mergeEncoded(reader);
    this.cacheReads.mergeEncoded(reader);
    this.poolWaitNs += reader.varint();
    this.sqlNs += reader.varint();
    this.inFlightPeak = Math.max(this.inFlightPeak, reader.varint());
  }

  #recordFailure({ durationMs, errorCode }: RpcMessage): void {
    this.failed.record(durationMs);
    this.#countCode(errorCode ?? "UNKNOWN", 1);
  }

  #countCode(code: string, count: number): void {
    const name = this.errorCodes.has(code) || this.errorCodes.size < MOST_CODES ? code : "(other)";
    this.errorCodes.set(name, (this.errorCodes.get(name) ?? 0) + count);
  }
}
