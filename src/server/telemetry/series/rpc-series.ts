import type { ByteReader, ByteWriter } from "@/shared/bytes";
import { Histogram } from "@/shared/histogram";
import { mergeEncoded, writeHistogram } from "@/shared/histogram-codec";
import { isServerFault } from "@/shared/rpc-codes";
import type { RpcMessage } from "../../channels";

/** tRPC has some twenty codes; more of them than this would be a fault, and go under "(other)". */
const MOST_CODES = 32;

/** What one procedure did: latencies apart by how the call ended, failures by code. */
export class RpcSeries {
  readonly ok = new Histogram();
  readonly failed = new Histogram();
  readonly errorCodes = new Map<string, number>();

  get count(): number {
    return this.ok.count + this.failed.count;
  }

  /** Calls that failed by a fault of the server; the others in `failed` were refused. */
  get faults(): number {
    let count = 0;
    for (const [code, times] of this.errorCodes) if (isServerFault(code)) count += times;
    return count;
  }

  record(message: RpcMessage): void {
    if (message.ok) {
      this.ok.record(message.durationMs);
      return;
    }
    this.failed.record(message.durationMs);
    this.#countCode(message.errorCode ?? "UNKNOWN", 1);
  }

  merge(other: RpcSeries): void {
    this.ok.merge(other.ok);
    this.failed.merge(other.failed);
    for (const [code, count] of other.errorCodes) this.#countCode(code, count);
  }

  reset(): void {
    this.ok.reset();
    this.failed.reset();
    this.errorCodes.clear();
  }

  write(writer: ByteWriter): void {
    writeHistogram(writer, this.ok);
    writeHistogram(writer, this.failed);
    writer.varint(this.errorCodes.size);
    for (const [code, count] of this.errorCodes) {
      writer.text(code);
      writer.varint(count);
    }
  }

  mergeEncoded(reader: ByteReader): void {
    mergeEncoded(reader, this.ok);
    mergeEncoded(reader, this.failed);
    const codes = reader.varint();
    for (let index = 0; index < codes; index += 1) this.#countCode(reader.text(), reader.varint());
  }

  #countCode(code: string, count: number): void {
    const name = this.errorCodes.has(code) || this.errorCodes.size < MOST_CODES ? code : "(other)";
    this.errorCodes.set(name, (this.errorCodes.get(name) ?? 0) + count);
  }
}
