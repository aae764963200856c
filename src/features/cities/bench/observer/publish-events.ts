import { readFileSync } from "node:fs";
import { setImmediate as turn } from "node:timers/promises";
import { Redis } from "ioredis";
import { type CacheOutcome, channels } from "@weir/core/channels";
import { type RequestScope, runInScope, runSyncInScope } from "@weir/core/scope";
import { attachTelemetry, attachTraces } from "@weir/telemetry";
import { serveParent } from "../../../../../bench/cache-fleet/serve-parent";
import type { EventCosts, EventSettings } from "./event-costs";

// Publishes one kind of message in its own process, so that no other kind affects its compiled code.

// The parent writes it.
const settings = JSON.parse(readFileSync(0, "utf8")) as EventSettings;
const batch = 2_000;
const leastBatches = 50;

const name = "city.byId";

function publishCall(durationMs: number, endedAtMs: number): void {
  channels.rpc.publish({
    procedure: name,
    type: "query",
    durationMs,
    endedAtMs,
    ok: true,
    errorCode: null,
    bytes: 180,
  });
}

function publishRead(outcome: CacheOutcome, durationMs: number, endedAtMs: number): void {
  channels.cache.publish({ type: "read", group: name, outcome, tier: "l1", durationMs, endedAtMs, loadMs: null });
}

function publishStatement(durationMs: number, endedAtMs: number): void {
  const waitMs = durationMs / 10;
  channels.sql.publish({ statement: name, text: "select 1", waitMs, durationMs, endedAtMs, rows: 1, ok: true });
}

/** A new message each time, as the server creates them, with varying durations. */
const publish: Record<string, (durationMs: number, endedAtMs: number) => void> = {
  rpc: publishCall,
  "cache read": (durationMs, endedAtMs) => publishRead("hit", durationMs, endedAtMs),
  "cache load": (durationMs, endedAtMs) =>
    channels.cache.publish({ type: "load", group: name, durationMs, endedAtMs, ok: true, keys: 1, background: false }),
  sql: publishStatement,
  redis: (durationMs, endedAtMs) =>
    channels.redis.publish({ connection: "cache", command: "MGET", durationMs, endedAtMs, ok: true }),
  "a whole request: read, statement, call": (durationMs, endedAtMs) => {
    const request: RequestScope = { id: "events", spans: null };
    runSyncInScope({ request, origin: "app", procedure: name, deadlineAtMs: null }, () => {
      publishStatement(durationMs, endedAtMs);
      publishRead("miss", durationMs, endedAtMs);
      publishCall(durationMs, endedAtMs);
      channels.request.publish({ request, durationMs, endedAtMs, calls: 1 });
    });
  },
};

/** Nanoseconds per message, the best of many batches: slower ones were disturbed. */
async function timeOf(send: (durationMs: number, endedAtMs: number) => void, ms: number): Promise<number> {
  const until = performance.now() + ms;
  let best = Infinity;
  for (let done = 0; done < leastBatches || performance.now() < until; done += 1) {
    const startedAt = performance.now();
    for (let index = 0; index < batch; index += 1) send(0.05 + (index % 64) / 8, startedAt);
    best = Math.min(best, performance.now() - startedAt);
    // Lets the flush happen between batches and not within one.
    await turn();
  }
  return (best / batch) * 1e6;
}

serveParent({
  measure: async (ms: number): Promise<EventCosts> => {
    const redis = new Redis(settings.redisUrl);
    const store = { nodeId: "events", redis, keyPrefix: settings.keyPrefix };
    const telemetry = settings.observer === "nobody" ? null : attachTelemetry(store);
    const traces = settings.observer === "telemetry and traces" ? attachTraces(store) : null;
    const costs: EventCosts = {};
    const scope = { request: { id: "events" }, origin: "app", procedure: "city.byId", deadlineAtMs: null } as const;
    await runInScope(scope, async () => {
      for (const [kind, send] of Object.entries(publish)) {
        // The first half is for the compiler.
        await timeOf(send, ms / 2);
        costs[kind] = await timeOf(send, ms);
      }
    });
    await traces?.close();
    await telemetry?.close();
    redis.disconnect();
    return costs;
  },
});
