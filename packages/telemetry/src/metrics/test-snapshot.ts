import { observerCounters } from "@weir/core/channels";
import { MetricSnapshot } from "../store/snapshot";
import type { NodeState } from "../record/node-state";
import { gcKinds } from "../series/process";
import { type ProcessSnapshot, takeProcessSnapshot } from "./catalogue";

const testState: NodeState = {
  role: "all",
  version: "1.2.3",
  pid: 7,
  startedAtMs: 1_800_000_000_000,
  callsInFlight: 3,
  pool: { inUse: 4, queued: 5, max: 10, longest: { heldMs: 250, statement: "note.byId", procedure: null } },
  redis: { cache: "open", queue: "closed" },
  cache: { epoch: 12, lagMs: 20, trusted: true },
  rssBytes: 100,
  loopUtilisation: 0.25,
  loopDelayP99Ms: 2,
};

/** ProcessSnapshot of a process that recorded what `fill` adds to the snapshot. */
export function processSnapshotOf(fill: (snapshot: MetricSnapshot) => void, maxSeries = 400): ProcessSnapshot {
  const totals = new MetricSnapshot(maxSeries);
  fill(totals);
  const snapshot = takeProcessSnapshot({ totals, dropped: 2, state: testState });
  const memory = { rss: 100, heapUsed: 50, heapTotal: 70, external: 30 };
  return { ...snapshot, memory, cpuSeconds: 1.5, nodeVersion: "v20.19.0" };
}

/** Records one of everything under this number, so that every metric has a sample. */
export function fillAll({ tables }: MetricSnapshot, number = 0): void {
  const name = number === 0 ? "note.byId" : `name.number${number}`;
  const call = { procedure: name, type: "query" } as const;
  const counts = { statements: 2, cacheReads: 3, poolWaitMs: 1, sqlMs: 2 };
  const rpc = tables.rpc.at("app", name);
  for (const durationMs of [0.01, 1, 1.5, 40_000]) {
    rpc.record({ ...call, durationMs, ok: true, errorCode: null, bytes: 300, counts });
  }
  rpc.record({ ...call, durationMs: 8, ok: false, errorCode: "NOT_FOUND" });
  const cache = tables.cache.at("app", name);
  const read = { type: "read", group: name, durationMs: 1 } as const;
  const family = tables.tag.at("app", `${name}:*`);
  for (const ending of [
    { ...read, outcome: "hit", tier: "l2", loadMs: null },
    { ...read, outcome: "miss", tier: null, loadMs: 5 },
  ] as const) {
    cache.record(ending);
    family.record(ending);
  }
  cache.recordLoad({ type: "load", group: name, durationMs: 5, ok: true, keys: 1, background: false });
  cache.recordFill({ type: "fill", group: name, bytes: 90, stored: true, reason: null });
  cache.recordFill({ type: "fill", group: name, bytes: 0, stored: false, reason: "stale" });
  cache.recordEvictions(4);
  const statement = { statement: name, text: "", waitMs: 2, durationMs: 3, rows: 6, ok: false };
  tables.sql.at("job", name).record(statement);
  tables.redis.at("app", number === 0 ? "cache MGET" : `cache C${number}`).record({
    connection: "cache",
    command: "MGET",
    durationMs: 1,
    ok: false,
  });
  tables.job.at("job", name).record({ job: name, waitMs: 1, runMs: 2, ok: false });
  if (number > 0) return;
  tables.redis.at("job", "cache (breaker)").recordBreaker({ type: "breaker", state: "open" });
  const pool = tables.pool.at("job", "database");
  pool.recordWait(2);
  pool.record({
    max: 10,
    inUse: 4,
    queued: 5,
    inUsePeak: 5,
    queuedPeak: 6,
    refused: 7,
    expired: 8,
    longestHeldMs: 250,
  });
  const process = tables.process.at("job", "process");
  process.loopDelays.record(3);
  for (const kind of gcKinds) process.recordGc(kind, 2);
  const observer = tables.observer.at("job", "observer");
  for (const [place, counter] of observerCounters.entries()) observer.add(counter, (place + 1) * 1_000);
}
