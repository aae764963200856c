import type { Trace } from "../traces/types";
import { channels } from "@weir/core/channels";
import { processSnapshotOf, fillAll } from "../metrics/test-snapshot";
import { type OtelVariables, readSettings } from "./open";
import { startExport } from "./start";
import { openCollector } from "./test-collector";

export const traceId = "4bf92f3577b34da6a3ce929d0e0e4736";
export const callerId = "00f067aa0ba902b7";

/** A trace of one call that loaded a value. */
export function traceOf(given: Partial<Trace> = {}): Trace {
  return {
    id: traceId,
    requestId: "r-1",
    nodeId: "node-1",
    origin: "app",
    at: "2026-11-22T12:00:00.000Z",
    startedAtMs: 1_795_000_000_000.25,
    durationMs: 12.5,
    procedure: "note.byId",
    calls: 1,
    callsAtHand: 0,
    ok: true,
    errorCode: null,
    kinds: ["sampled"],
    statements: 1,
    repeats: [],
    spanId: "1122334455667788",
    parentSpanId: null,
    isSampledByCaller: false,
    omitted: 0,
    texts: { "note.byId": "select * from notes where id = $1" },
    spans: [
      { kind: "request", name: "POST", parent: null, startMs: 0, durationMs: 12.5, ok: true },
      { kind: "procedure", name: "note.byId", parent: 0, startMs: 1, durationMs: 10, ok: true },
      { kind: "cache", name: "note.byId", parent: 1, startMs: 2, durationMs: 8, ok: true, outcome: "miss" },
      { kind: "load", name: "note.byId", parent: 2, startMs: 3, durationMs: 6, ok: true, keys: 1 },
      {
        kind: "statement",
        name: "note.byId",
        parent: 3,
        startMs: 4,
        durationMs: 4.5,
        ok: true,
        rows: 1,
        parameters: ["s3cr3t"],
      },
      { kind: "redis", name: "cache MGET", parent: 2, startMs: 2.5, durationMs: 0.25, ok: true, shared: 3 },
    ],
    ...given,
  };
}

/** An export to a dedicated collector, and the telemetry counters recorded meanwhile. */
export async function openTestExport(variables: OtelVariables) {
  const collector = await openCollector();
  const { settings } = readSettings({
    OTEL_EXPORTER_OTLP_ENDPOINT: collector.endpoint,
    OTEL_METRIC_EXPORT_INTERVAL: "3600000",
    ...variables,
  });
  if (settings === null) throw new Error("The settings export nothing.");
  let tell: (trace: Trace) => void = () => undefined;
  const failures: string[] = [];
  const counted = new Map<string, number>();
  const stopCounting = channels.observer.subscribe(({ counter, value }) => {
    counted.set(counter, (counted.get(counter) ?? 0) + value);
  });
  const exported = startExport({
    settings,
    nodeId: "node-1",
    version: "1.2.3",
    snapshot: () => processSnapshotOf((snapshot) => fillAll(snapshot)),
    onTrace: (listener) => {
      tell = listener;
      return () => (tell = () => undefined);
    },
    onFailure: (what) => void failures.push(what),
    tracesEveryMs: 3_600_000,
  });
  return {
    collector,
    exported,
    failures,
    counted: (counter: string): number => counted.get(counter) ?? 0,
    tell: (trace: Trace) => tell(trace),
    [Symbol.asyncDispose]: async () => {
      collector.state.mode = "rejects";
      await exported.close();
      stopCounting();
      await collector[Symbol.asyncDispose]();
    },
  };
}
