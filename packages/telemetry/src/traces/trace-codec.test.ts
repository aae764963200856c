import fc from "fast-check";
import { expect, test } from "vitest";
import { readOutcomes, spanKinds, traceKinds, type Trace, type TraceSpan } from "./types";
import { findRepeats } from "@weir/core/repeats";
import { sampleTrace } from "./test-traces";
import { decodeSummary, decodeTrace, maxTraceBytes, TraceEncoder } from "./trace-codec";

const encoder = new TraceEncoder();
const ms = fc.integer({ min: 0, max: 60_000_000 }).map((us) => us / 1_000);
const name = fc.string({ minLength: 1, maxLength: 40 });
const share = fc.option(fc.record({ shared: fc.integer({ min: 2, max: 99 }) }), { nil: {} });

const extras: Record<TraceSpan["kind"], fc.Arbitrary<Partial<TraceSpan>>> = {
  request: fc.constant({}),
  procedure: fc.option(fc.record({ errorCode: fc.constantFrom("NOT_FOUND", "TIMEOUT") }), { nil: {} }),
  cache: fc.record({ outcome: fc.constantFrom(...readOutcomes) }),
  load: fc.record({ keys: fc.nat(200) }),
  pool: share,
  statement: fc.record({ rows: fc.nat(10_000), parameters: fc.array(name, { maxLength: 3 }) }),
  redis: share,
  compute: fc.constant({}),
  serialise: fc.record({ bytes: fc.nat(1_000_000) }),
};

const span: fc.Arbitrary<TraceSpan> = fc
  .constantFrom(...spanKinds.slice(1))
  .chain((kind) =>
    fc
      .tuple(fc.record({ name, parent: fc.nat(5), startMs: ms, durationMs: ms, ok: fc.boolean() }), extras[kind])
      .map(([common, more]) => ({ kind, ...common, ...more })),
  );
const trace: fc.Arbitrary<Trace> = fc
  .record({
    durationMs: ms,
    procedure: name,
    calls: fc.integer({ min: 1, max: 20 }),
    kinds: fc.subarray([...traceKinds]),
    errorCode: fc.option(fc.constant("NOT_FOUND")),
    more: fc.array(span, { maxLength: 30 }),
    texts: fc.dictionary(
      name.filter((key) => key !== "__proto__"),
      fc.string(),
      { maxKeys: 4, noNullPrototype: true },
    ),
  })
  .map(({ more, ...changes }) => {
    const base = sampleTrace(changes);
    return { ...base, ok: changes.errorCode === null, spans: [...base.spans, ...more] };
  });

test("a trace survives a round trip", () => {
  fc.assert(
    fc.property(trace, (given) => {
      const encoded = encoder.encode(given);
      expect(decodeTrace(encoded)).toEqual(given);
      const {
        spans,
        spanId: _,
        parentSpanId: __,
        isSampledByCaller: ___,
        callsAtHand: ____,
        omitted: _____,
        texts: ______,
        ...summary
      } = given;
      expect(decodeSummary(encoded.summary)).toEqual({ ...summary, spans: spans.length });
    }),
  );
});

test("repeats survive a round trip with their advice", () => {
  const repeated: TraceSpan = { kind: "statement", name: "s", parent: 1, startMs: 1, durationMs: 2, ok: true, rows: 1 };
  const base = sampleTrace();
  const spans = [...base.spans, ...Array.from({ length: 5 }, () => repeated)];
  const given = { ...base, spans, repeats: findRepeats(spans) };
  expect(given.repeats).toHaveLength(1);
  expect(decodeTrace(encoder.encode(given))).toEqual(given);
});

test("damaged or truncated bytes never throw", () => {
  const encoded = encoder.encode(sampleTrace());
  for (const part of ["summary", "body"] as const) {
    for (let at = 0; at < encoded[part].length; at += 1) {
      const damaged = Buffer.from(encoded[part]);
      damaged[at] = (damaged[at] ?? 0) ^ 0xff;
      expect(() => decodeTrace({ ...encoded, [part]: damaged })).not.toThrow();
      expect(() => decodeTrace({ ...encoded, [part]: encoded[part].subarray(0, at) })).not.toThrow();
      expect(() => decodeSummary(damaged)).not.toThrow();
    }
  }
  expect(decodeTrace({ ...encoded, summary: Buffer.from([99]) })).toBeNull();
});

test("no trace exceeds its maximum size, and omitted spans are counted", () => {
  const base = sampleTrace();
  const many = Array.from({ length: 255 }, (_, index): TraceSpan => {
    const parameters = Array.from({ length: 20 }, () => "é".repeat(100));
    return {
      kind: "statement",
      name: `${"n".repeat(150)}${index}`,
      parent: 1,
      startMs: 1,
      durationMs: 1,
      ok: true,
      rows: 1,
      parameters,
    };
  });
  const texts = Object.fromEntries(many.map(({ name: key }) => [key, "select ".repeat(600)]));
  const encoded = encoder.encode({ ...base, spans: [...base.spans, ...many], texts });
  expect(encoded.summary.length + encoded.body.length).toBeLessThanOrEqual(maxTraceBytes);
  const decoded = decodeTrace(encoded);
  expect(decoded?.spans.length).toBeGreaterThan(3);
  expect((decoded?.spans.length ?? 0) + (decoded?.omitted ?? 0)).toBe(258);
});
