import { afterEach, expect, test } from "vitest";
import { channels } from "@weir/core/channels";
import { logSlowCalls } from "./log-slow-calls";
import { createLogger } from "./logger";

const lines: string[] = [];
let nowMs = 0;
const destination = { write: (line: string) => void lines.push(line) };
const stop = logSlowCalls(createLogger({ level: "info", nodeId: "node-1", destination }), () => nowMs);
afterEach(() => {
  lines.length = 0;
});

const call = { procedure: "city.search", type: "query", ok: true, errorCode: null } as const;

test("a call that takes longer than a second is a warning; others and subscriptions are not told", () => {
  channels.rpc.publish({ ...call, durationMs: 1_000 });
  channels.rpc.publish({ ...call, type: "subscription", durationMs: 60_000 });
  expect(lines).toEqual([]);
  channels.rpc.publish({ ...call, durationMs: 1_000.6, ok: false, errorCode: "GATEWAY_TIMEOUT" });
  expect(JSON.parse(lines[0] ?? "")).toMatchObject({
    level: "warn",
    procedure: "city.search",
    durationMs: 1_001,
    ok: false,
    code: "GATEWAY_TIMEOUT",
  });
});

test("of many, ten a second are told, and how many were not; none after its end", () => {
  nowMs = 10_000;
  for (let count = 0; count < 100; count += 1) channels.rpc.publish({ ...call, durationMs: 2_000 });
  expect(lines).toHaveLength(10);
  nowMs += 1_000;
  channels.rpc.publish({ ...call, durationMs: 2_000 });
  expect(JSON.parse(lines[10] ?? "")).toMatchObject({ heldBack: 90 });
  stop();
  channels.rpc.publish({ ...call, durationMs: 2_000 });
  expect(lines).toHaveLength(11);
});
