import type { RpcMessage } from "@weir/core/channels";
import { isServerFault } from "@weir/core/errors";
import type { ByteReader, ByteWriter } from "@weir/core/sketches/bytes";
import { Histogram } from "@weir/core/sketches/histogram";
import { Magnitudes } from "@weir/core/sketches/magnitudes";
import { Count, type Field, Peak, Series } from "./fields";
import { metricsOf, type SeriesMetric } from "./metric";

/** Calls of one procedure: latencies by result, failures by code. */
export class RpcSeries extends Series {
  readonly ok = this.field(new Histogram());
  readonly failed = this.field(new Histogram());
  /** Failed calls by tRPC error code. */
  readonly errorCodes = this.field(new ErrorCodes());
  /** Response body sizes in bytes as sent, without headers, for calls answered by a whole body or a part of one. */
  readonly bytes = this.field(new Magnitudes());
  /** Statements per call, for calls that can send statements. Statements of a shared load count for the first call. */
  readonly statements = this.field(new Magnitudes());
  /** Cache reads per call, one per key. */
  readonly cacheReads = this.field(new Magnitudes());
  readonly #poolWaitNs = this.field(new Count());
  readonly #sqlNs = this.field(new Count());
  readonly #inFlightPeak = this.field(new Peak());

  get count(): number {
    return this.ok.count + this.failed.count;
  }

  /** A slot may hold the bytes of a call that ended in the slot before. */
  get isEmpty(): boolean {
    return this.count === 0 && this.bytes.count === 0;
  }

  /** Calls that failed because of a server fault; the others in `failed` were rejected. */
  get faults(): number {
    let count = 0;
    for (const [code, times] of this.errorCodes) if (isServerFault(code)) count += times;
    return count;
  }

  /** Time spent waiting for a database gate permit, all calls combined, in whole nanoseconds. */
  get poolWaitNs(): number {
    return this.#poolWaitNs.value;
  }

  /** Time from the permit to the last row, all calls combined, in whole nanoseconds. */
  get sqlNs(): number {
    return this.#sqlNs.value;
  }

  /** Maximum calls in flight at once on one node. For the average over a span, divide the sum of durations by the span. */
  get inFlightPeak(): number {
    return this.#inFlightPeak.value;
  }

  record(message: RpcMessage): void {
    const { bytes, counts, inFlight } = message;
    if (message.ok) this.ok.record(message.durationMs);
    else {
      this.failed.record(message.durationMs);
      this.errorCodes.add(message.errorCode ?? "UNKNOWN", 1);
    }
    if (bytes !== undefined) this.bytes.record(bytes);
    if (inFlight !== undefined) this.#inFlightPeak.take(inFlight);
    if (counts === undefined) return;
    this.statements.record(counts.statements);
    this.cacheReads.record(counts.cacheReads);
    if (counts.statements === 0) return;
    this.#poolWaitNs.value += Math.round(counts.poolWaitMs * 1e6);
    this.#sqlNs.value += Math.round(counts.sqlMs * 1e6);
  }

  /** Records the body of a response whose call was recorded before it was written. */
  recordBytes(bytes: number): void {
    this.bytes.record(bytes);
  }
}

/** tRPC has about twenty codes; more would be a fault and are counted under "(other)". */
const maxCodes = 32;

class ErrorCodes implements Field {
  readonly #counts = new Map<string, number>();

  add(code: string, count: number): void {
    const name = this.#counts.has(code) || this.#counts.size < maxCodes ? code : "(other)";
    this.#counts.set(name, (this.#counts.get(name) ?? 0) + count);
  }

  [Symbol.iterator](): Iterator<[code: string, count: number]> {
    return this.#counts[Symbol.iterator]();
  }

  merge(other: ErrorCodes): void {
    for (const [code, count] of other) this.add(code, count);
  }

  reset(): void {
    this.#counts.clear();
  }

  write(writer: ByteWriter): void {
    writer.varint(this.#counts.size);
    // Sorted, so that the same counts give the same bytes.
    for (const [code, count] of [...this.#counts].toSorted(([a], [b]) => (a < b ? -1 : 1))) {
      writer.text(code);
      writer.varint(count);
    }
  }

  mergeEncoded(reader: ByteReader): void {
    const codes = reader.varint();
    for (let index = 0; index < codes; index += 1) this.add(reader.text(), reader.varint());
  }
}

const { counter, gauge, histogram, magnitudes } = metricsOf<RpcSeries>("procedure");
const unlessEmpty = (values: Magnitudes): Magnitudes | null => (values.count > 0 ? values : null);

export const rpcMetrics: readonly SeriesMetric<RpcSeries>[] = [
  histogram({
    name: "weir_rpc_duration_seconds",
    help: "Duration of procedure calls.",
    labels: ["procedure", "ok"],
    read: (series, emit) => {
      for (const [procedure, { ok, failed }] of series) {
        if (ok.count > 0) emit([procedure, "true"], ok);
        if (failed.count > 0) emit([procedure, "false"], failed);
      }
    },
  }),
  counter({
    name: "weir_rpc_errors_total",
    help: "Failed procedure calls, by tRPC error code.",
    labels: ["procedure", "code"],
    read: (series, emit) => {
      for (const [procedure, { errorCodes }] of series) {
        for (const [code, count] of errorCodes) emit([procedure, code], count);
      }
    },
  }),
  gauge({
    name: "weir_rpc_in_flight",
    help: "Procedure calls in flight.",
    read: (_series, emit, { state }) => emit([], state.callsInFlight),
  }),
  magnitudes({
    name: "weir_rpc_response_bytes",
    help: "Response body size of calls.",
    of: ({ bytes }) => unlessEmpty(bytes),
  }),
  magnitudes({
    name: "weir_rpc_statements",
    help: "Database statements per call.",
    of: ({ statements }) => unlessEmpty(statements),
  }),
  magnitudes({
    name: "weir_rpc_cache_reads",
    help: "Cache keys read per call.",
    of: ({ cacheReads }) => unlessEmpty(cacheReads),
  }),
  counter({
    name: "weir_rpc_pool_wait_seconds_total",
    help: "Time that statements of calls waited for a database gate permit.",
    of: ({ poolWaitNs }) => poolWaitNs / 1e9,
  }),
  counter({
    name: "weir_rpc_sql_seconds_total",
    help: "Execution time of statements sent by calls.",
    of: ({ sqlNs }) => sqlNs / 1e9,
  }),
];
