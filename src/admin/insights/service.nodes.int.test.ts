import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { createTestDatabase } from "@weir/testkit/testing";
import { createDatabase } from "@weir/postgres";
import { callAs } from "../../../packages/telemetry/src/record/test-traffic";
import { createTelemetryArchive } from "@weir/telemetry/store";
import { openTestService, startMs } from "./test-service";

let opened: ReturnType<typeof openTestService>;
let service: typeof opened.service;
let record: typeof opened.record;

beforeEach(() => {
  opened = openTestService();
  ({ service, record } = opened);
});
afterEach(() => opened.close());

describe("the insights overview of several nodes", () => {
  test("of some nodes has only their metrics, and gaps where they did not report", async () => {
    await record(() => callAs("app", "note.byId", [1]), "a");
    opened.clock.nowMs = startMs + 5_000;
    await record(() => callAs("app", "note.byId", [1, 1]), "b");
    const ask = async (nodes: string[] | null) => {
      const { buckets, nodes: told } = await service.overview({ range: "5m", nodes });
      return [buckets.slice(-2).map((bucket) => bucket?.calls ?? null), told.map(({ id }) => id)];
    };
    expect(await ask(null)).toEqual([
      [1, 2],
      ["a", "b"],
    ]);
    expect(await ask(["a"])).toEqual([[1, null], ["a"]]);
    expect(await ask(["b"])).toEqual([[null, 2], ["b"]]);
    expect(await ask(["c"])).toEqual([[null, null], []]);
  });

  test("does not report a node that shut down cleanly as silent", async () => {
    const killed = opened.attach("killed");
    callAs("app", "note.byId", [1]);
    await killed.flush();
    await record(() => callAs("app", "note.byId", [1]), "stopped");
    const standings = async () => {
      const { nodes, verdicts } = await service.overview({ range: "5m" });
      return [nodes.map(({ id, standing }) => `${id} ${standing}`), verdicts.at(-1)?.level];
    };
    expect(await standings()).toEqual([["killed reporting", "stopped stopped"], "healthy"]);
    opened.clock.nowMs = startMs + 30_000;
    expect(await standings()).toEqual([["killed silent", "stopped stopped"], "watch"]);
    const { nodes, standings: counts } = await service.nodes();
    expect(nodes.map(({ id, report }) => [id, report === null])).toEqual([
      ["killed", false],
      ["stopped", false],
    ]);
    expect(counts).toEqual({ reporting: 0, silent: 1, stopped: 1, gone: 0 });
    await killed.close();
  });

  test("is read once for fifty concurrent callers, and once more for all of them a second later", async () => {
    await record(() => callAs("app", "note.byId", [1]));
    const sent = vi.spyOn(opened.redis, "sendCommand");
    const costOf = async (work: () => Promise<unknown>): Promise<number> => {
      sent.mockClear();
      await work();
      return sent.mock.calls.length;
    };
    const ask = () => service.overview({ range: "5m" });
    const fifty = () => Promise.all(Array.from({ length: 50 }, ask));
    const alone = await costOf(ask);
    expect(alone).toBeGreaterThan(0);
    expect(await costOf(fifty)).toBe(0);
    opened.clock.nowMs += 1_000;
    expect(await costOf(fifty)).toBeLessThanOrEqual(alone);
  });
});

test("reports what cannot be read, and returns the rest", async () => {
  await using target = await createTestDatabase();
  const database = createDatabase({ url: target.url, max: 1 });
  const withArchive = openTestService(createTelemetryArchive(database.db));
  try {
    await withArchive.record(() => callAs("app", "note.byId", [1]));
    const seen = await withArchive.service.overview({ range: "24h" });
    expect([seen.coverage.missing, seen.buckets.at(-1)?.calls]).toEqual([[], 1]);
    withArchive.clock.nowMs += 2_000;
    await database.close();
    const { coverage, buckets } = await withArchive.service.overview({ range: "24h" });
    expect(buckets.at(-1)?.calls).toBe(1);
    expect(coverage.missing[0]).toMatchObject({ from: "2025-12-31T12:05:00.000Z", why: "postgres" });
  } finally {
    await database.close();
    await withArchive.close();
  }
});

test("the status names silent nodes, and says that the nodes are unknown once Redis is gone", async () => {
  const telemetry = opened.attach("killed");
  await telemetry.flush();
  expect((await service.status()).nodes).toMatchObject([{ id: "killed", standing: "reporting" }]);
  opened.clock.nowMs = startMs + 20_000;
  expect(await service.status()).toMatchObject({ nodes: [{ id: "killed", standing: "silent" }], troubles: [] });
  opened.redis.disconnect();
  opened.clock.nowMs = startMs + 40_000;
  expect((await service.status()).nodes).toBeNull();
  // For what follows, and for the end.
  await opened.redis.connect();
  await telemetry.close();
});
