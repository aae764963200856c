import type { Trace, TraceSpan } from "./types";

export type Outlined = Pick<Trace, "spans">;

/** A line per span, `kind name attributes`, indented by depth. Leaves out `weir.settle`, whose timing varies. */
export function outline({ spans }: Outlined): string[] {
  const depth = (span: TraceSpan): number => {
    const around = span.parent === null ? undefined : spans[span.parent];
    return around === undefined ? 0 : 1 + depth(around);
  };
  return spans
    .filter(({ name }) => !name.endsWith("weir.settle"))
    .map((span) => {
      const { kind, name, outcome, tier, errorCode, keys, ok } = span;
      const words = [kind, name, outcome, tier, errorCode, keys === undefined ? undefined : `keys=${keys}`];
      const text = words.filter((word) => word !== undefined).join(" ");
      return `${"  ".repeat(depth(span))}${text}${ok || errorCode !== undefined || kind === "request" ? "" : " failed"}`;
    });
}

/** A trace of one call with one statement, with `changes` applied. */
export function sampleTrace(changes: Partial<Trace> = {}): Trace {
  return {
    id: "0af7651916cd43dd8448eb211c80319c",
    requestId: "request-1",
    nodeId: "node-1",
    origin: "app",
    at: "2026-11-22T12:00:00.000Z",
    startedAtMs: Date.parse("2026-11-22T12:00:00.000Z"),
    durationMs: 12.345,
    procedure: "note.byId",
    calls: 1,
    callsAtHand: 0,
    ok: true,
    errorCode: null,
    kinds: ["sampled"],
    statements: 1,
    repeats: [],
    spanId: "b7ad6b7169203331",
    parentSpanId: null,
    isSampledByCaller: false,
    spans: [
      { kind: "request", name: "note.byId", parent: null, startMs: 0, durationMs: 12.345, ok: true },
      { kind: "procedure", name: "note.byId", parent: 0, startMs: 0.1, durationMs: 12, ok: true },
      { kind: "statement", name: "note.byId", parent: 1, startMs: 1, durationMs: 10, ok: true, rows: 1 },
    ],
    omitted: 0,
    texts: { "note.byId": "select 1 where id = $1" },
    ...changes,
  };
}
