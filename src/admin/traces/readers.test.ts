import { expect, test } from "vitest";
import type { Trace, TraceSpan } from "./contract";
import { readersOf } from "./readers";

const span = (kind: TraceSpan["kind"], name: string, parent: number | null): TraceSpan => ({
  kind,
  name,
  parent,
  startMs: 0,
  durationMs: 1,
  ok: true,
});
const traceOf = (id: string, procedure: string, spans: TraceSpan[]): Trace => ({
  id,
  requestId: id,
  nodeId: "a",
  origin: "app",
  at: "2026-01-01T10:00:00.000Z",
  durationMs: 1,
  procedure,
  calls: 1,
  ok: true,
  errorCode: null,
  kinds: ["sampled"],
  spans,
  statements: 0,
  repeats: [],
  startedAtMs: 0,
  spanId: "1",
  parentSpanId: null,
  isSampledByCaller: false,
  callsAtHand: 0,
  omitted: 0,
  texts: {},
});

test("each call of a batch is counted for its own procedure, nested reads too", () => {
  const batch = traceOf("t1", "note.list", [
    span("request", "batch", null),
    span("procedure", "note.list", 0),
    span("cache", "note.list", 1),
    span("load", "note.list", 2),
    span("cache", "note.byId", 3),
    span("cache", "note.byId", 3),
    span("procedure", "note.byId", 0),
    span("cache", "note.byId", 6),
  ]);
  const single = traceOf("t2", "note.byId", [
    span("request", "note.byId", null),
    span("procedure", "note.byId", 0),
    span("cache", "note.byId", 1),
  ]);
  expect(readersOf([batch, single], "note.byId")).toEqual([
    { procedure: "note.byId", traces: 2, readsPerTrace: 1, worstTraceId: "t1" },
    { procedure: "note.list", traces: 1, readsPerTrace: 2, worstTraceId: "t1" },
  ]);
  expect(readersOf([batch, single], "none")).toEqual([]);
});

test("a read outside of any call is counted for the request", () => {
  const trace = traceOf("t1", "session", [span("request", "session", null), span("cache", "auth.session", 0)]);
  expect(readersOf([trace], "auth.session")).toEqual([
    { procedure: "session", traces: 1, readsPerTrace: 1, worstTraceId: "t1" },
  ]);
});
