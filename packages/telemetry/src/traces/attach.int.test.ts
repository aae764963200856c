import { Redis } from "ioredis";
import { afterAll, beforeAll, expect, inject, onTestFinished, test } from "vitest";
import { channels } from "@weir/core/channels";
import { type RequestScope, runSyncInScope } from "@weir/core/scope";
import { waitUntil } from "@weir/embedded/processes";
import { testPrefix } from "@weir/testkit/testing";
import { attachTraces } from "./attach";
import { createTraceReader } from "./read";

let redis: Redis;
beforeAll(() => {
  redis = new Redis(inject("queueRedisUrl"));
});
afterAll(() => void redis.disconnect());

function serveOne(id: string): void {
  const request: RequestScope = { id, spans: null };
  const call = { procedure: "note.byId", type: "query", durationMs: 2, ok: true, errorCode: null } as const;
  runSyncInScope({ request, origin: "app", procedure: "note.byId", deadlineAtMs: null }, () =>
    channels.rpc.publish({ ...call, endedAtMs: performance.now() }),
  );
  channels.request.publish({ request, durationMs: 2, endedAtMs: performance.now(), calls: 1 });
}

/** Telemetry's own counters while the test runs. */
function countObserver(): Map<string, number> {
  const counted = new Map<string, number>();
  onTestFinished(
    channels.observer.subscribe(({ counter, value }) => void counted.set(counter, (counted.get(counter) ?? 0) + value)),
  );
  return counted;
}

test("a failing clock in the timer is counted, and tracing resumes when the clock works again", async () => {
  const keyPrefix = testPrefix();
  const counted = countObserver();
  let isBroken = false;
  const traces = attachTraces({
    nodeId: "a",
    redis,
    keyPrefix,
    sampleRatio: 1,
    flushEveryMs: 5,
    now: () => {
      if (isBroken) throw new Error("no clock");
      return Date.now();
    },
  });
  onTestFinished(() => traces.close());
  isBroken = true;
  await waitUntil(async () => (counted.get("failedFlushes") ?? 0) > 2, 5_000);
  await expect(traces.flush()).resolves.toBeUndefined();
  isBroken = false;
  serveOne("request-1");
  await traces.flush({ endMinute: true });
  const reader = createTraceReader({ redis, keyPrefix });
  const everything = { fromMs: 0, toMs: Number.MAX_SAFE_INTEGER, origins: ["app"] as const, nodeIds: null };
  const { traces: kept } = await reader.list({ ...everything, order: "newest", limit: 10, cursor: null });
  expect(kept.map(({ requestId }) => requestId)).toEqual(["request-1"]);
});

test("a throwing listener is counted, and the others still receive the trace", async () => {
  const counted = countObserver();
  const traces = attachTraces({
    nodeId: "a",
    redis,
    keyPrefix: testPrefix(),
    sampleRatio: 1,
    flushEveryMs: 86_400_000,
  });
  onTestFinished(() => traces.close());
  const heard: string[] = [];
  traces.onTrace(() => {
    throw new Error("listener failed");
  });
  traces.onTrace(({ requestId }) => void heard.push(requestId));
  serveOne("request-2");
  await traces.flush({ endMinute: true });
  expect(heard).toEqual(["request-2"]);
  expect(counted.get("listenerFailures")).toBe(1);
});
