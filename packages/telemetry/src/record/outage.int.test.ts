import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { Redis } from "ioredis";
import { describe, expect, inject, onTestFinished, test, vi } from "vitest";
import { freePort, waitUntil } from "@weir/embedded/processes";
import { findRedis } from "@weir/embedded";
import { testPrefix } from "@weir/testkit/testing";
import { attachTelemetry } from "./attach";
import { createOverviewReader } from "../read/test-overview";
import { callAs, pageOf, queryAs } from "./test-traffic";

const start = Date.UTC(2026, 0, 1, 12, 0);
const oneHour = { rangeMs: 3_600_000, stepMs: 60_000, origins: ["app"] } as const;
const fifteenMinutes = { ...oneHour, rangeMs: 900_000, stepMs: 5_000 };

/** A dedicated Redis that can be frozen, killed and restarted on the same port. */
async function ownRedis() {
  const { path } = await findRedis();
  const port = await freePort();
  let child: ChildProcess | null = null;
  const server = {
    url: `redis://127.0.0.1:${port}`,
    up: (): void => {
      const args = ["--port", String(port), "--bind", "127.0.0.1", "--save", "", "--appendonly", "no"];
      child = spawn(path, args, { argv0: "redis-server", stdio: "ignore", cwd: "/tmp" });
    },
    freeze: (frozen: boolean): void => void child?.kill(frozen ? "SIGSTOP" : "SIGCONT"),
    down: async (): Promise<void> => {
      if (child === null || child.exitCode !== null || child.signalCode !== null) return;
      const ended = once(child, "exit");
      child.kill("SIGKILL");
      await ended;
    },
  };
  onTestFinished(server.down);
  return server;
}

function connect(url: string): Redis {
  const redis = new Redis(url, {
    maxRetriesPerRequest: 1,
    enableOfflineQueue: false,
    commandTimeout: 500,
    retryStrategy: () => 20,
  });
  redis.on("error", () => undefined);
  onTestFinished(() => redis.disconnect());
  return redis;
}

async function connected(redis: Redis): Promise<void> {
  const answers = (): Promise<boolean> =>
    redis.ping().then(
      () => true,
      () => false,
    );
  expect(await waitUntil(answers, 8_000)).toBe(true);
}

describe("while Redis is unavailable", () => {
  test("loses nothing: counts are exact in every slot once Redis returns", async () => {
    const server = await ownRedis();
    const redis = connect(server.url);
    const keyPrefix = testPrefix();
    let nowMs = start;
    const telemetry = attachTelemetry({ nodeId: "a", redis, keyPrefix, now: () => nowMs, flushEveryMs: 86_400_000 });
    onTestFinished(() => telemetry.close());

    queryAs("app", "city_by_id", [1]);
    // Unavailable from the start: two and a half minutes of traffic with a failed flush every second.
    for (let second = 0; second < 150; second += 1, nowMs += 1_000) {
      callAs("app", "note.byId", [1, 2]);
      await telemetry.flush();
    }
    server.up();
    await connected(redis);
    callAs("app", "note.byId", [3]);
    await telemetry.flush();

    const reader = createOverviewReader({ redis, keyPrefix, now: () => nowMs });
    const fine = await reader.overview(fifteenMinutes);
    expect(fine.slots.slice(-32).map((slot) => slot && slot.calls)).toEqual([
      null,
      ...Array.from({ length: 30 }, () => 10),
      1,
    ]);
    const coarse = await reader.overview(oneHour);
    expect(coarse.slots.slice(-4).map((slot) => slot && slot.calls)).toEqual([null, 120, 120, 61]);
    expect(coarse.texts.get("city_by_id")?.text).toBe("select city_by_id where id = $1");
    expect([coarse.dropped, telemetry.dropped]).toEqual([0, 0]);
  });

  test("an empty restarted Redis loses only what it held, and recording continues", async () => {
    const server = await ownRedis();
    server.up();
    const redis = connect(server.url);
    await connected(redis);
    const keyPrefix = testPrefix();
    let nowMs = start;
    const telemetry = attachTelemetry({ nodeId: "a", redis, keyPrefix, now: () => nowMs, flushEveryMs: 86_400_000 });
    onTestFinished(() => telemetry.close());
    callAs("app", "note.byId", [1]);
    queryAs("app", "city_by_id", [1]);
    await telemetry.flush();
    await server.down();
    callAs("app", "note.byId", [1]);
    await telemetry.flush();
    server.up();
    await connected(redis);
    nowMs += 1_000;
    callAs("app", "note.byId", [1]);
    await telemetry.flush();
    // The running slot is written in full, so it contains even what the wiped server had.
    const reader = createOverviewReader({ redis, keyPrefix, now: () => nowMs });
    expect((await reader.overview(fifteenMinutes)).procedures.get("note.byId")?.count).toBe(3);
    // The texts return within a minute.
    nowMs += 60_000;
    await telemetry.flush();
    const later = await reader.overview(fifteenMinutes);
    expect(later.texts.get("city_by_id")?.text).toBe("select city_by_id where id = $1");
  });

  test("drops, counts and reports what does not fit into memory", async () => {
    const server = await ownRedis();
    const redis = connect(server.url);
    const keyPrefix = testPrefix();
    let nowMs = start;
    const telemetry = attachTelemetry({
      nodeId: "a",
      redis,
      keyPrefix,
      now: () => nowMs,
      flushEveryMs: 86_400_000,
      maxBacklogBytes: 600,
    });
    onTestFinished(() => telemetry.close());
    for (let slot = 0; slot < 24; slot += 1, nowMs += 5_000) {
      callAs("app", "note.byId", [1, 2, 3]);
      await telemetry.flush();
    }
    server.up();
    await connected(redis);
    // Messages dropped by one flush are reported by the next.
    await telemetry.flush();
    await telemetry.flush();
    const reader = createOverviewReader({ redis, keyPrefix, now: () => nowMs });
    const seen = await reader.overview(fifteenMinutes);
    expect(seen.dropped).toBeGreaterThan(0);
    expect(seen.slots.reduce((sum, slot) => sum + (slot?.calls ?? 0), 0) + seen.dropped).toBe(72);
    expect(await pageOf(telemetry)).toContain(`weir_telemetry_dropped_total ${telemetry.dropped}`);
  });

  test("a frozen Redis receives one write at a time and does not block shutdown", async () => {
    const server = await ownRedis();
    server.up();
    const redis = new Redis(server.url, { retryStrategy: () => 20 });
    redis.on("error", () => undefined);
    onTestFinished(() => redis.disconnect());
    await connected(redis);
    server.freeze(true);
    const pipelines = vi.spyOn(redis, "pipeline");
    let ticks = 0;
    const now = (): number => {
      ticks += 1;
      return start;
    };
    const times = { now, flushEveryMs: 2, closeWithinMs: 50 };
    const telemetry = attachTelemetry({ nodeId: "a", redis, keyPrefix: testPrefix(), ...times });
    callAs("app", "note.byId", [1]);
    expect(await waitUntil(() => ticks >= 40, 8_000)).toBe(true);
    expect(pipelines).toHaveBeenCalledTimes(1);
    await telemetry.close();
    server.freeze(false);
    // Behind the hanging write: those of the close and of this call, and none of the ticks.
    await telemetry.flush();
    expect(pipelines).toHaveBeenCalledTimes(3);
  });

  test("reads fail with TELEMETRY_UNAVAILABLE within their deadline when Redis is frozen", async () => {
    const server = await ownRedis();
    server.up();
    const redis = new Redis(server.url, { retryStrategy: () => 20, maxRetriesPerRequest: 0 });
    redis.on("error", () => undefined);
    onTestFinished(() => redis.disconnect());
    await connected(redis);
    const reader = createOverviewReader({ redis, keyPrefix: testPrefix(), deadlineMs: 50 });
    server.freeze(true);
    await expect(reader.overview(oneHour)).rejects.toMatchObject({ code: "TELEMETRY_UNAVAILABLE" });
    server.freeze(false);
    await server.down();
    await expect(reader.overview(oneHour)).rejects.toMatchObject({ code: "TELEMETRY_UNAVAILABLE" });
  });
});

describe("a killed node", () => {
  test("loses only what came after its last flush", async () => {
    const keyPrefix = testPrefix();
    const redis = new Redis(inject("queueRedisUrl"));
    onTestFinished(() => redis.disconnect());
    const script = `
      const { Redis } = await import("ioredis");
      const { attachTelemetry } = await import("./packages/telemetry/src/record/attach.ts");
      const { callAs } = await import("./packages/telemetry/src/record/test-traffic.ts");
      const redis = new Redis(process.argv[1]);
      const telemetry = attachTelemetry({ nodeId: "b", redis, keyPrefix: process.argv[2], now: () => ${start}, flushEveryMs: 86_400_000 });
      callAs("app", "note.byId", [1, 2, 3]);
      await telemetry.flush();
      callAs("app", "note.byId", [4]);
      process.stdout.write("ready");
      setInterval(() => {}, 1_000);
    `;
    const child = spawn(
      process.execPath,
      ["--import", "tsx", "--input-type=module", "--eval", script, inject("queueRedisUrl"), keyPrefix],
      {
        stdio: ["ignore", "pipe", "inherit"],
      },
    );
    const ended = once(child, "exit");
    onTestFinished(() => void child.kill("SIGKILL"));
    await once(child.stdout, "data");
    child.kill("SIGKILL");
    await ended;

    const reader = createOverviewReader({ redis, keyPrefix, now: () => start + 12_000 });
    const seen = await reader.overview(fifteenMinutes);
    expect(seen.procedures.get("note.byId")?.count).toBe(3);
    expect(seen.slots.slice(-3).map((slot) => slot && slot.calls)).toEqual([3, null, null]);
  });
});
