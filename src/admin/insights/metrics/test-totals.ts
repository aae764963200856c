import { kinds, type TelemetryTotals } from "@weir/telemetry";

/** A minute of twelve buckets, all reported, in which nothing happened. */
export function quietTotals(): TelemetryTotals {
  const outcomes = { hitL1: 0, hitL2: 0, coalesced: 0, stale: 0, negative: 0, miss: 0, error: 0, bypass: 0 };
  const fromMs = Date.UTC(2026, 0, 1, 12);
  return {
    asOfMs: fromMs + 60_000,
    fromMs,
    toMs: fromMs + 60_000,
    stepMs: 5_000,
    slots: Array.from({ length: 12 }, () => ({ outcomes, calls: 0, errors: 0, statements: 0 })),
    nodes: [],
    series: {
      rpc: new Map(),
      sql: new Map(),
      cache: new Map(),
      tag: new Map(),
      redis: new Map(),
      job: new Map(),
      pool: new Map(),
      process: new Map(),
      observer: new Map(),
    },
    texts: new Map(),
    dropped: 0,
    // One entry per kind, from the list of all.
    capped: Object.fromEntries(kinds.map((kind) => [kind, 0])) as TelemetryTotals["capped"],
    undecodable: 0,
    coverage: { parts: [], missing: [] },
  };
}
