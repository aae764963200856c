import fc from "fast-check";
import { Redis } from "ioredis";
import { afterEach, beforeEach, describe, expect, inject, onTestFinished, test } from "vitest";
import { createTestDatabase, testPrefix } from "@weir/testkit/testing";
import { channels, type JobMessage } from "@weir/core/channels";
import { createDatabase, type Database } from "@weir/postgres";
import { createTelemetryArchive, type SlotArchive } from "./archive";
import { attachTelemetry, type Telemetry } from "../record/attach";
import { createTelemetryReader } from "../read/reader";
import { retentionOf } from "./tiers";
import { callAs, queryAs } from "../record/test-traffic";
import { coarseTier, hourMs, slotKey } from "./tiers";
import { rollupJob, type RollupOptions, type RunningRollup, startRollup } from "./rollup";

const start = Date.UTC(2026, 0, 5, 11, 50);
const minuteMs = 60_000;

let redis: Redis;
let keyPrefix: string;
let nowMs: number;
let database: Database;
let archive: SlotArchive;
let url: string;

beforeEach(async () => {
  const own = await createTestDatabase();
  url = own.url;
  database = createDatabase({ url, max: 4 });
  archive = createTelemetryArchive(database.db);
  redis = new Redis(inject("queueRedisUrl"));
  keyPrefix = testPrefix();
  nowMs = start;
  return async () => {
    await database.close();
    await own.drop();
  };
});
afterEach(() => redis.quit());

/** The clocks of both stores agree with the nodes. */
const readTimes = async () => ({ postgres: nowMs, redis: nowMs });

function rollupOf(nodeId: string, options: Partial<RollupOptions> = {}): RunningRollup {
  return startRollup({ nodeId, redis, keyPrefix, archive, now: () => nowMs, readTimes, isTimed: false, ...options });
}

function attach(nodeId: string): Telemetry {
  const telemetry = attachTelemetry({ nodeId, redis, keyPrefix, now: () => nowMs, flushEveryMs: 86_400_000 });
  onTestFinished(() => telemetry.close());
  return telemetry;
}

async function asNode(nodeId: string, work: () => void): Promise<void> {
  const telemetry = attach(nodeId);
  work();
  await telemetry.close();
}

const rows = (tier: "1m" | "1h") => archive.versions(tier, 0, start + 400 * 24 * hourMs);
const readerOf = () => createTelemetryReader({ redis, keyPrefix, store: archive, now: () => nowMs });

async function contents(tier: "1m" | "1h") {
  const versions = await rows(tier);
  return archive
    .slots(
      tier,
      versions.map(({ startMs }) => startMs),
    )
    .then((slots) =>
      slots
        .toSorted((a, b) => a.startMs - b.startMs)
        .map(({ head, body, ...version }) => ({ ...version, blob: Buffer.concat([head, body]).toString("hex") })),
    );
}

describe("node minutes", () => {
  test("become one row that counts each message once, with the statement texts", async () => {
    await asNode("a", () => {
      callAs("app", "note.byId", [1, 2, 3]);
      queryAs("app", "city_by_id", [4]);
    });
    await asNode("b", () => callAs("app", "note.byId", [4, 5]));
    nowMs += 2 * minuteMs;
    expect(await rollupOf("a").round()).toEqual({ minutes: 1, hours: 0, isDone: true });
    const [row] = await rows("1m");
    expect(row).toMatchObject({ startMs: start, reports: 2, writtenAtMs: start });
    // Gone from Redis, it is read from Postgres.
    await redis.del(slotKey(keyPrefix, coarseTier, start));
    const range = { fromMs: start, toMs: null, stepMs: minuteMs, origins: ["app"], nodeIds: null } as const;
    const totals = await readerOf().totals(range);
    expect(totals.series.rpc.get("note.byId")?.count).toBe(5);
    expect(totals.slots.map((slot) => slot?.calls ?? null)).toEqual([5, null, null]);
    expect(totals.nodes.map(({ id, stopped }) => [id, stopped])).toEqual([
      ["a", true],
      ["b", true],
    ]);
    expect(totals.texts.get("city_by_id")).toEqual({
      text: "select city_by_id where id = $1",
      firstSeenMs: start,
      lastSeenMs: start + minuteMs,
    });
    const wanted = [
      { kind: "rpc", name: "note.byId" },
      { kind: "sql", name: "never_ran" },
    ] as const;
    const { series, reported } = await readerOf().series({ ...range, wanted });
    expect(series.map((buckets) => buckets.map((one) => one?.count ?? null))).toEqual([
      [5, null, null],
      [null, null, null],
    ]);
    expect(reported).toEqual([true, false, false]);
  });

  test("are skipped while they may still change, and when another node has merged them", async () => {
    await asNode("a", () => callAs("app", "note.byId", [1]));
    nowMs = start + minuteMs + 9_000;
    expect((await rollupOf("a").round()).minutes).toBe(0);
    nowMs += 2_000;
    expect((await rollupOf("b").round()).minutes).toBe(1);
    expect((await rollupOf("a").round()).minutes).toBe(0);
  });

  test("are merged again after a late report, and an older state never replaces a newer one", async () => {
    const late = attach("late");
    callAs("app", "note.byId", [1, 1]);
    await late.close();
    const [lateFields] = [await redis.hgetallBuffer(slotKey(keyPrefix, coarseTier, start))];
    await redis.del(slotKey(keyPrefix, coarseTier, start));
    await asNode("a", () => callAs("app", "note.byId", [1]));
    nowMs += 2 * minuteMs;
    const rollup = rollupOf("a");
    await rollup.round();
    const [early] = await archive.slots("1m", [start]);
    expect(early?.reports).toBe(1);

    // Much later: only a full scan of what Redis keeps finds it.
    nowMs += 30 * minuteMs;
    for (const [field, value] of Object.entries(lateFields)) {
      await redis.hset(slotKey(keyPrefix, coarseTier, start), field, value);
    }
    for (let round = 0; round < 11; round += 1) await rollup.round();
    const complete = await rows("1m");
    expect(complete).toMatchObject([{ startMs: start, reports: 2 }]);
    if (early === undefined) throw new Error("No row found.");
    expect(await archive.put("1m", early)).toBe(false);
    expect(await rows("1m")).toEqual(complete);
  });

  test("result in the same rows regardless of the order and number of merges", async () => {
    const rollups = ["a", "b", "c"].map((nodeId) => rollupOf(nodeId));
    const writers = Array.from({ length: 3 }, (_, index) => `n${index}`);
    const step = fc.oneof(
      fc.record({ write: fc.constantFrom(...writers), calls: fc.integer({ min: 1, max: 3 }) }),
      fc.record({ roll: fc.nat({ max: 2 }) }),
      fc.record({ rollAtOnce: fc.constant(true) }),
    );
    await fc.assert(
      fc.asyncProperty(fc.array(step, { minLength: 1, maxLength: 8 }), async (steps) => {
        nowMs += 3 * hourMs;
        const minute = Math.floor(nowMs / minuteMs) * minuteMs;
        for (const one of steps) {
          if ("write" in one) {
            // A process that flushed into the past minute late.
            nowMs = minute + 1_000;
            await asNode(one.write, () =>
              callAs(
                "app",
                "p",
                Array.from({ length: one.calls }, () => 1),
              ),
            );
          }
          nowMs = minute + 2 * minuteMs;
          if ("roll" in one) await rollups[one.roll]?.round();
          if ("rollAtOnce" in one) await Promise.all(rollups.map((rollup) => rollup.round()));
        }
        for (const rollup of rollups.toReversed()) await rollup.round();
        const [row] = await archive.slots("1m", [minute]);
        // A node that was down meanwhile and starts with no state.
        await database.db.execute(
          `delete from weir.telemetry_slots where start_at = '${new Date(minute).toISOString()}'`,
        );
        await rollupOf("fresh").round();
        const [fresh] = await archive.slots("1m", [minute]);
        expect(row).toEqual(fresh);
      }),
      { numRuns: 12 },
    );
  }, 60_000);

  test("are merged in rounds after a Postgres outage, and failures are counted", async () => {
    for (let minute = 0; minute < 40; minute += 1) {
      await asNode("a", () => callAs("app", "note.byId", [1]));
      nowMs += minuteMs;
    }
    nowMs += minuteMs;
    const jobs: JobMessage[] = [];
    const end = channels.job.subscribe((message) => jobs.push(message));
    onTestFinished(end);
    // Wraps the real archive.
    let isAway = true;
    const flaky: SlotArchive = {
      ...archive,
      versions: (...asked) => (isAway ? Promise.reject(new Error("away")) : archive.versions(...asked)),
    };
    const rollup = rollupOf("a", { archive: flaky });
    await expect(rollup.round()).rejects.toThrow("away");
    isAway = false;
    const first = await rollup.round();
    expect(first).toMatchObject({ minutes: 30, isDone: false });
    expect((await rows("1m")).length).toBe(30);
    expect((await rollup.round()).minutes).toBe(10);
    expect((await rows("1m")).length).toBe(40);
    expect(jobs.filter(({ job }) => job === rollupJob).map(({ ok }) => ok)).toEqual([false, true, true]);
  });
});

describe("hours", () => {
  test("are sums of their minutes, redone after a late report, and expire by whole hours", async () => {
    nowMs = Date.UTC(2026, 0, 5, 11, 58);
    const retention = retentionOf({ minuteDays: 1, hourDays: 2 });
    const rollup = rollupOf("a", { retention });
    for (let minute = 0; minute < 6; minute += 1) {
      await asNode("a", () => callAs("app", "note.byId", [1]));
      nowMs += minuteMs;
      await rollup.round();
    }
    nowMs += minuteMs;
    await rollup.round();
    const noon = Date.UTC(2026, 0, 5, 12);
    expect(await rows("1h")).toMatchObject([{ startMs: noon - hourMs, reports: 2 }]);
    const before = (await contents("1m")).length;
    expect(before).toBe(6);

    // A minute of the past hour arrives late.
    const now = nowMs;
    nowMs = noon - minuteMs + 1_000;
    await asNode("b", () => callAs("app", "note.byId", [1, 1]));
    nowMs = now + minuteMs;
    await rollupOf("c", { retention }).round();
    expect(await rows("1h")).toMatchObject([{ startMs: noon - hourMs, reports: 3 }]);
    const range = { fromMs: noon - hourMs, toMs: noon, stepMs: hourMs, origins: ["app"], nodeIds: null } as const;
    const totals = await readerOf().totals(range);
    expect([totals.series.rpc.get("note.byId")?.count, totals.coverage.parts]).toEqual([
      4,
      [{ fromMs: noon - hourMs, toMs: noon, source: "hours" }],
    ]);

    nowMs = noon + 25 * hourMs;
    await rollup.round();
    expect([(await rows("1m")).length, (await rows("1h")).length]).toEqual([0, 2]);
    nowMs = noon + 24 * hourMs * 3;
    await rollup.round();
    expect(await rows("1h")).toEqual([]);
  });
});
