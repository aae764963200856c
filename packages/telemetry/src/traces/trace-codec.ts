import {
  readOutcomes,
  spanKinds,
  type Trace,
  type TraceKind,
  traceKinds,
  type TraceSpan,
  type TraceSummary,
} from "./types";
import { ByteReader, ByteWriter } from "@weir/core/sketches/bytes";
import { cureOf, type Repeat } from "@weir/core/repeats";

/** The first byte of both parts. Data of other versions is ignored. */
const version = 1;
/** Both parts of one trace together. */
export const maxTraceBytes = 65_536;
const maxNameLength = 200;
const origins = ["app", "admin", "job", "lab"] as const;
const tiers = ["l1", "l2"] as const;

/** A trace as stored: the summary shown in lists, and the rest. */
export type EncodedTrace = { readonly summary: Buffer; readonly body: Buffer };

const clip = (text: string): string => (text.length > maxNameLength ? text.slice(0, maxNameLength) : text);
const toMicroseconds = (ms: number): number => Math.max(0, Math.round(ms * 1_000));

function writeRepeat(writer: ByteWriter, repeat: Repeat): void {
  writer.text(clip(repeat.statement));
  writer.varint(repeat.times);
  writer.varint(toMicroseconds(repeat.totalMs));
  writer.varint(toMicroseconds(repeat.wasteMs));
  writer.varint(repeat.parent);
  writer.text(clip(repeat.procedure));
  writer.text(repeat.group === null ? "" : clip(repeat.group));
  writer.varint(repeat.isWithinLoad ? 1 : 0);
}

function readRepeat(reader: ByteReader): Repeat {
  const statement = reader.text();
  const times = reader.varint();
  const totalMs = reader.varint() / 1_000;
  const wasteMs = reader.varint() / 1_000;
  const parent = reader.varint();
  const procedure = reader.text();
  const group = reader.text();
  const isWithinLoad = reader.varint() === 1;
  const repeat = {
    statement,
    times,
    totalMs,
    wasteMs,
    parent,
    procedure,
    group: group === "" ? null : group,
    isWithinLoad,
  };
  return { ...repeat, cure: cureOf(repeat) };
}

function writeSummary(writer: ByteWriter, trace: Trace): void {
  writer.varint(version);
  writer.raw(Buffer.from(trace.id, "hex"));
  writer.text(clip(trace.requestId));
  writer.text(clip(trace.nodeId));
  writer.varint(origins.indexOf(trace.origin));
  writer.varint(toMicroseconds(trace.startedAtMs));
  writer.varint(toMicroseconds(trace.durationMs));
  writer.text(clip(trace.procedure));
  writer.varint(trace.calls);
  writer.varint(trace.ok ? 1 : 0);
  writer.text(clip(trace.errorCode ?? ""));
  writer.varint(traceKinds.reduce((bits, kind, bit) => bits + (trace.kinds.includes(kind) ? 1 << bit : 0), 0));
  writer.varint(trace.spans.length);
  writer.varint(trace.statements);
  writer.varint(trace.repeats.length);
  for (const repeat of trace.repeats) writeRepeat(writer, repeat);
}

type Summary = TraceSummary & { startedAtMs: number };

/** Throws a RangeError for data that is not a summary of this version. */
function readSummary(bytes: Uint8Array): Summary {
  const reader = new ByteReader(bytes);
  if (reader.varint() !== version) throw new RangeError("the trace has another version");
  const id = Buffer.from(reader.raw(16)).toString("hex");
  const requestId = reader.text();
  const nodeId = reader.text();
  const origin = origins[reader.varint()] ?? "app";
  const startedAtMs = reader.varint() / 1_000;
  const durationMs = reader.varint() / 1_000;
  const procedure = reader.text();
  const calls = reader.varint();
  const ok = reader.varint() === 1;
  const errorCode = reader.text();
  const bits = reader.varint();
  const kinds: TraceKind[] = traceKinds.filter((_kind, bit) => (bits & (1 << bit)) !== 0);
  const spans = reader.varint();
  const statements = reader.varint();
  const repeats: Repeat[] = [];
  for (let left = reader.varint(); left > 0; left -= 1) repeats.push(readRepeat(reader));
  return {
    id,
    requestId,
    nodeId,
    origin,
    at: new Date(startedAtMs).toISOString(),
    startedAtMs,
    durationMs,
    procedure,
    calls,
    ok,
    errorCode: errorCode === "" ? null : errorCode,
    kinds,
    spans,
    statements,
    repeats,
  };
}

const has = { ok: 1, background: 2, shared: 4, parameters: 8, detail: 16, tier: 32, amount: 64 } as const;

function writeSpan(writer: ByteWriter, span: TraceSpan, nameAt: number): void {
  const detail = span.outcome === undefined ? span.errorCode : String(readOutcomes.indexOf(span.outcome));
  const amount = span.keys ?? span.rows ?? span.bytes;
  writer.varint(spanKinds.indexOf(span.kind));
  writer.varint(
    (span.ok ? has.ok : 0) |
      (span.background === true ? has.background : 0) |
      (span.shared === undefined ? 0 : has.shared) |
      (span.parameters === undefined ? 0 : has.parameters) |
      (detail === undefined ? 0 : has.detail) |
      (span.tier === undefined ? 0 : has.tier) |
      (amount === undefined ? 0 : has.amount),
  );
  writer.varint(nameAt);
  writer.varint(span.parent ?? 0);
  writer.varint(toMicroseconds(span.startMs));
  writer.varint(toMicroseconds(span.durationMs));
  if (span.shared !== undefined) writer.varint(span.shared);
  if (span.parameters !== undefined) {
    writer.varint(span.parameters.length);
    for (const parameter of span.parameters) writer.text(parameter);
  }
  if (detail !== undefined) writer.text(clip(detail));
  if (span.tier !== undefined) writer.varint(tiers.indexOf(span.tier));
  if (amount !== undefined) writer.varint(Math.max(0, Math.round(amount)));
}

function readSpan(reader: ByteReader, names: readonly string[], isFirst: boolean): TraceSpan {
  const kind = spanKinds[reader.varint()];
  const bits = reader.varint();
  const name = names[reader.varint()];
  const parent = reader.varint();
  if (kind === undefined || name === undefined) throw new RangeError("invalid span");
  const span: TraceSpan = {
    kind,
    name,
    parent: isFirst ? null : parent,
    startMs: reader.varint() / 1_000,
    durationMs: reader.varint() / 1_000,
    ok: (bits & has.ok) !== 0,
  };
  if ((bits & has.background) !== 0) span.background = true;
  if ((bits & has.shared) !== 0) span.shared = reader.varint();
  if ((bits & has.parameters) !== 0) {
    span.parameters = [];
    for (let left = reader.varint(); left > 0; left -= 1) span.parameters.push(reader.text());
  }
  if ((bits & has.detail) !== 0) {
    const detail = reader.text();
    if (kind !== "cache") span.errorCode = detail;
    else span.outcome = readOutcomes[Number(detail)] ?? "error";
  }
  if ((bits & has.tier) !== 0) span.tier = tiers[reader.varint()] ?? "l1";
  if ((bits & has.amount) !== 0) {
    const amount = reader.varint();
    if (kind === "load") span.keys = amount;
    else if (kind === "statement") span.rows = amount;
    else span.bytes = amount;
  }
  return span;
}

function writeBody(writer: ByteWriter, trace: Trace): void {
  writer.varint(version);
  writer.raw(Buffer.from(trace.spanId, "hex"));
  writer.text(trace.parentSpanId ?? "");
  writer.varint(trace.isSampledByCaller ? 1 : 0);
  writer.varint(trace.callsAtHand);
  writer.varint(trace.omitted);
  const texts = Object.entries(trace.texts);
  const names = new Map<string, number>();
  const nameOf = (name: string): number => {
    const known = names.get(name);
    if (known !== undefined) return known;
    names.set(name, names.size);
    return names.size - 1;
  };
  const nameAt = trace.spans.map(({ name }) => nameOf(clip(name)));
  writer.varint(names.size);
  for (const name of names.keys()) writer.text(name);
  writer.varint(texts.length);
  for (const [name, text] of texts) {
    writer.text(clip(name));
    writer.text(text);
  }
  writer.varint(trace.spans.length);
  for (const [index, span] of trace.spans.entries()) writeSpan(writer, span, nameAt[index] ?? 0);
}

/** The same trace with less in it: shorter texts first, then fewer spans. Keeps the parents of remaining spans. */
function shrink(trace: Trace, attempt: number): Trace {
  const longest = attempt === 0 ? 2_000 : 200;
  const texts = Object.fromEntries(
    Object.entries(trace.texts).map(([name, text]) => [
      name,
      text.length > longest ? `${text.slice(0, longest)} …` : text,
    ]),
  );
  if (attempt < 2) return { ...trace, texts };
  const kept = Math.max(1, trace.spans.length >> 1);
  const spans = trace.spans.slice(0, kept).map(({ parameters: _left, ...span }) => {
    return { ...span, parent: span.parent !== null && span.parent >= kept ? 0 : span.parent };
  });
  const omitted = trace.omitted + trace.spans.length - kept;
  const repeats = trace.repeats.slice(0, 3).map((repeat) => ({ ...repeat, parent: Math.min(repeat.parent, kept - 1) }));
  const named = new Set(spans.map(({ name }) => name));
  const wanted = Object.fromEntries(Object.entries(texts).filter(([name]) => named.has(name)));
  return { ...trace, texts: wanted, spans, omitted, repeats };
}

/** Encodes traces, at most `maxTraceBytes` each: what does not fit is left out and counted as omitted. */
export class TraceEncoder {
  readonly #summary = new ByteWriter(512);
  readonly #body = new ByteWriter(4_096);

  encode(trace: Trace): EncodedTrace {
    let fitting = trace;
    for (let attempt = 0; ; attempt += 1) {
      this.#summary.clear();
      this.#body.clear();
      writeSummary(this.#summary, fitting);
      writeBody(this.#body, fitting);
      if (this.#summary.length + this.#body.length <= maxTraceBytes || attempt >= 12) break;
      fitting = shrink(fitting, attempt);
    }
    return { summary: Buffer.from(this.#summary.view()), body: Buffer.from(this.#body.view()) };
  }
}

/** Null for data that is not a summary of this version. */
export function decodeSummary(bytes: Uint8Array): Summary | null {
  try {
    return readSummary(bytes);
  } catch {
    return null;
  }
}

/** Null for data that is not a trace of this version. */
export function decodeTrace(encoded: { readonly summary: Uint8Array; readonly body: Uint8Array }): Trace | null {
  try {
    const { spans: count, ...summary } = readSummary(encoded.summary);
    const reader = new ByteReader(encoded.body);
    if (reader.varint() !== version) return null;
    const spanId = Buffer.from(reader.raw(8)).toString("hex");
    const parentSpanId = reader.text();
    const isSampledByCaller = reader.varint() === 1;
    const callsAtHand = reader.varint();
    const omitted = reader.varint();
    const names: string[] = [];
    for (let left = reader.varint(); left > 0; left -= 1) names.push(reader.text());
    const texts: Record<string, string> = {};
    for (let left = reader.varint(); left > 0; left -= 1) {
      const name = reader.text();
      texts[name] = reader.text();
    }
    const spans: TraceSpan[] = [];
    for (let left = reader.varint(); left > 0; left -= 1) spans.push(readSpan(reader, names, spans.length === 0));
    if (spans.length !== count) return null;
    return {
      ...summary,
      spanId,
      parentSpanId: parentSpanId === "" ? null : parentSpanId,
      isSampledByCaller,
      callsAtHand,
      omitted,
      texts,
      spans,
    };
  } catch {
    return null;
  }
}
