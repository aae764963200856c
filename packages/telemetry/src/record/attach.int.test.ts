import { once } from "node:events";
import { connect } from "node:net";
import { createInterface } from "node:readline";
import { Redis } from "ioredis";
import { afterEach, beforeEach, describe, expect, inject, onTestFinished, test } from "vitest";
import { testPrefix } from "@weir/testkit/testing";
import { waitUntil } from "@weir/embedded/processes";
import { channels, listenerFailures } from "@weir/core/channels";
import { attachTelemetry, type Telemetry, type TelemetryOptions } from "./attach";
import { type NodeState, resolveSources } from "./node-state";
import { createOverviewReader, type TelemetryOverview } from "../read/test-overview";
import { callAs, pageOf, queryAs, readAs } from "./test-traffic";
import { coarseTier, fineTier, slotKey } from "../store/tiers";

const start = Date.UTC(2026, 0, 1, 12, 0);

let redis: Redis;
let keyPrefix: string;
let nowMs: number;

beforeEach(() => {
  redis = new Redis(inject("queueRedisUrl"));
  keyPrefix = testPrefix();
  nowMs = start;
});
afterEach(() => redis.quit());

function attach(options: Partial<TelemetryOptions> = {}): Telemetry {
  const given = { nodeId: "a", redis, keyPrefix, now: () => nowMs, flushEveryMs: 86_400_000, ...options };
  const telemetry = attachTelemetry(given);
  onTestFinished(() => telemetry.close());
  return telemetry;
}

/** Uses its own reader, so that no earlier response is cached. */
function readAll(): Promise<TelemetryOverview> {
  const reader = createOverviewReader({ redis, keyPrefix, now: () => nowMs });
  return reader.overview({ rangeMs: 900_000, stepMs: 5_000, origins: ["app", "admin", "job", "lab"] });
}

const callsOf = (seen: TelemetryOverview): Record<string, number> =>
  Object.fromEntries([...seen.procedures].map(([name, { count }]) => [name, count]));

/**
 * Reports every command that the Redis receives until the test ends. On a socket of its own: ioredis fails when a command of
 * another client arrives before the reply to its MONITOR.
 */
async function monitorCommands(onCommand: (line: string) => void): Promise<void> {
  const { hostname, port, password } = new URL(inject("queueRedisUrl"));
  const socket = connect(Number(port), hostname);
  onTestFinished(() => void socket.destroy());
  const lines = createInterface({ input: socket });
  socket.write(`AUTH ${password}\r\nMONITOR\r\n`);
  // Two replies: OK to each.
  await once(lines, "line");
  lines.on("line", onCommand);
  await once(lines, "line");
}

describe("attached telemetry", () => {
  test("stores periodically without an explicit flush", async () => {
    attach({ flushEveryMs: 5 });
    callAs("app", "note.byId", [1]);
    expect(await waitUntil(async () => callsOf(await readAll())["note.byId"] === 1, 8_000)).toBe(true);
  });

  test("stores what was recorded and stops listening on close", async () => {
    const telemetry = attach();
    callAs("app", "note.byId", [1]);
    await Promise.all([telemetry.close(), telemetry.close()]);
    callAs("app", "note.byId", [1]);
    await telemetry.flush();
    expect(callsOf(await readAll())).toEqual({ "note.byId": 1 });
  });

  test("counts work outside any request as a job", async () => {
    const telemetry = attach();
    channels.rpc.publish({ procedure: "boot", type: "query", durationMs: 1, ok: true, errorCode: null });
    await telemetry.flush();
    const reader = createOverviewReader({ redis, keyPrefix, now: () => nowMs });
    const jobs = await reader.overview({ rangeMs: 900_000, stepMs: 5_000, origins: ["job"] });
    expect(callsOf(jobs)).toEqual({ boot: 1 });
  });

  test("counts series beyond the cap under (other), both stored and scraped", async () => {
    const telemetry = attach({ maxSeries: 3 });
    for (let index = 0; index < 10; index += 1) callAs("app", `p${index}`, [1]);
    await telemetry.flush();
    expect(callsOf(await readAll())).toEqual({ p0: 1, p1: 1, p2: 1, "(other)": 7 });
    expect(await pageOf(telemetry)).toContain('weir_rpc_duration_seconds_count{procedure="(other)",ok="true"} 7');
  });

  test("counts an unrecordable message as dropped and never throws", async () => {
    const telemetry = attach();
    const failuresBefore = listenerFailures();
    // Messages that no typed publisher can send; the casts simulate a fault.
    channels.rpc.publish({} as Parameters<typeof channels.rpc.publish>[0]);
    channels.sql.publish({ statement: 7 } as unknown as Parameters<typeof channels.sql.publish>[0]);
    channels.cache.publish({ type: "read", group: "g", outcome: "new" } as unknown as Parameters<
      typeof channels.cache.publish
    >[0]);
    callAs("app", "note.byId", [1]);
    await telemetry.flush();
    const seen = await readAll();
    expect([telemetry.dropped, seen.dropped, listenerFailures() - failuresBefore]).toEqual([3, 3, 0]);
    expect(callsOf(seen)).toEqual({ "note.byId": 1 });
    expect(seen.cacheGroups.size).toBe(0);
  });

  test("continues when the process cannot be sampled, and counts the failure", async () => {
    let isBroken = true;
    const cache = (): NodeState["cache"] => {
      if (isBroken) throw new Error("no cache");
      return resolveSources({}).cache();
    };
    const telemetry = attach({ flushEveryMs: 5, sources: { cache } });
    callAs("app", "note.byId", [1]);
    expect(await waitUntil(async () => callsOf(await readAll())["note.byId"] === 1, 8_000)).toBe(true);
    isBroken = false;
    expect(telemetry.snapshot().series.observer.get("observer")?.get("failedFlushes")).toBeGreaterThan(0);
  });

  test("does not count invalidations as reads", async () => {
    const telemetry = attach();
    channels.cache.publish({ type: "invalidation", epoch: 1, mode: "purge", tags: ["note:1"], local: true });
    await telemetry.flush();
    const seen = await readAll();
    expect([seen.cacheGroups.size, seen.dropped]).toEqual([0, 0]);
  });

  test("needs at most four commands a second", async () => {
    let commands = 0;
    let ended = false;
    await monitorCommands((line) => {
      if (line.includes(`"${keyPrefix}end"`)) ended = true;
      else if (line.includes(`"${keyPrefix}`)) commands += 1;
    });
    const telemetry = attach();
    const seconds = 180;
    for (let second = 0; second < seconds; second += 1, nowMs += 1_000) {
      callAs("app", "note.byId", [1]);
      queryAs("app", `statement_${second % 50}`, [1]);
      await telemetry.flush();
    }
    await redis.get(`${keyPrefix}end`);
    expect(await waitUntil(() => ended, 8_000)).toBe(true);
    expect(commands).toBeGreaterThan(2 * seconds);
    expect(commands).toBeLessThanOrEqual(4 * seconds);
  });

  test("keeps slots small: a hundred series in under fourteen kilobytes", async () => {
    const telemetry = attach();
    // One second of a busy node: each series spans a factor of 64 in duration.
    const durations = Array.from({ length: 200 }, (_, index) => 0.5 * 64 ** ((index * 0.618_034) % 1));
    for (let index = 0; index < 40; index += 1) callAs("app", `feature.procedure${index}`, durations);
    for (let index = 0; index < 40; index += 1) queryAs("app", `feature_statement_${index}`, durations);
    for (let index = 0; index < 20; index += 1) {
      for (const durationMs of durations) readAs("app", `feature.read${index}`, 1, { durationMs });
    }
    await telemetry.flush();
    const blobs = await Promise.all(
      [fineTier, coarseTier].map(async (tier) =>
        Object.values(await redis.hgetallBuffer(slotKey(keyPrefix, tier, start))),
      ),
    );
    // The slot and its summary.
    const sizes = blobs.map((fields) => fields.reduce((sum, { length }) => sum + length, 0));
    expect(Math.min(...sizes)).toBeGreaterThan(1_000);
    expect(Math.max(...sizes)).toBeLessThan(14_000);
  });
});
