import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { insightsPeriodInput } from "./contract/nodes";
import { insightsSeriesInput, insightsStatementInput } from "./contract/series";
import { tableInputs } from "./contract/tables";
import { channels } from "@weir/core/channels";
import { runInScope } from "@weir/core/scope";
import { callAs, loadAs, queryAs, readAs } from "../../../packages/telemetry/src/record/test-traffic";
import { openTestService, startMs } from "./test-service";
import { AdvisorError } from "@weir/query-advisor";

let opened: ReturnType<typeof openTestService>;
let service: typeof opened.service;
let record: typeof opened.record;

beforeEach(() => {
  opened = openTestService();
  ({ service, record } = opened);
});
afterEach(() => opened.close());

/** Statements sent by calls of a procedure. */
function queryFor(procedure: string, statement: string, durationsMs: readonly number[]): void {
  runInScope({ request: { id: "test" }, origin: "app", procedure, deadlineAtMs: null }, () => {
    for (const durationMs of durationsMs) {
      const text = `select ${statement}`;
      channels.sql.publish({ statement, text, waitMs: 1, durationMs, rows: 1, ok: true });
    }
  });
}

const times = (count: number, ms: number): number[] => Array.from({ length: count }, () => ms);

describe("procedures", () => {
  test("of two nodes are one table, sorted, filtered and paged as requested", async () => {
    await record(() => {
      callAs("app", "note.search", times(30, 10));
      callAs("app", "note.byId", times(200, 1));
      callAs("admin", "insights.overview", times(50, 500));
    }, "a");
    await record(() => {
      callAs("app", "note.search", times(10, 100));
      callAs("app", "note.search", [5], "NOT_FOUND");
      callAs("app", "folder.list", [1], "INTERNAL_SERVER_ERROR");
    }, "b");
    const ask = async (question: object) => {
      const { rows, ...rest } = await service.table("procedures", tableInputs.procedures.parse(question));
      return { names: rows.map(({ name }) => name), rows, ...rest };
    };
    const all = await ask({});
    expect([all.names, all.matching, all.total, all.capped]).toEqual([
      ["note.search", "note.byId", "folder.list"],
      3,
      3,
      0,
    ]);
    const [search] = all.rows;
    expect(search).toMatchObject({ count: 41, errors: 0, refused: 1, maxMs: 100, totalMs: 1_305 });
    expect(search?.p50Ms).toBeCloseTo(10, 0);
    // Of the union: the 39th of 41 is one of the slow node.
    expect(Math.abs((search?.p95Ms ?? 0) - 100)).toBeLessThanOrEqual(5);
    expect(all.coverage).toEqual({ coveredMs: 2_000, missing: [] });
    expect((await ask({ sort: { by: "count" }, limit: 1 })).names).toEqual(["note.byId"]);
    expect((await ask({ sort: { by: "count" }, limit: 1, offset: 1 })).names).toEqual(["note.search"]);
    expect((await ask({ atLeast: { errors: 1 } })).names).toEqual(["folder.list"]);
    expect(await ask({ search: "NOTE." })).toMatchObject({ matching: 2, total: 3 });
    expect((await ask({ nodes: ["a"], search: "note.search" })).rows[0]?.count).toBe(30);
    expect((await ask({ includeAdmin: true })).names[0]).toBe("insights.overview");
  });
});

describe("statements", () => {
  beforeEach(async () => {
    opened.clock.nowMs = startMs - 400_000;
    await record(() => queryFor("note.list", "notes", times(5, 50)));
    opened.clock.nowMs = startMs;
    await record(() => {
      callAs("app", "note.list", [20, 20]);
      queryFor("note.list", "notes", times(20, 4));
      queryFor("folder.list", "notes", [20]);
      queryAs("job", "sweep", [1_000]);
    });
  });

  test("show their callers, runs per call, and the previous period", async () => {
    const question = tableInputs.statements.parse({ compare: true });
    const { rows, before } = await service.table("statements", question);
    expect(rows.map(({ name }) => name)).toEqual(["notes"]);
    expect(rows[0]).toMatchObject({
      text: "select notes",
      count: 21,
      totalMs: 100,
      totalShare: 1,
      waitTotalMs: 21,
      perProcedureCall: 10,
      callers: [
        { procedure: "note.list", count: 20, totalMs: 80, share: 0.8, perCall: 10 },
        { procedure: "folder.list", count: 1, totalMs: 20, share: 0.2, perCall: null },
      ],
      before: { count: 5, perSecond: 1, meanMs: 50 },
    });
    expect(before?.from).toBe("2026-01-01T11:50:05.000Z");
  });

  test("are found by name or SQL, and sorted by caller and by when they were seen", async () => {
    await record(() => queryFor("audit.list", "entries", [3]));
    const ask = async (question: object) => {
      const { rows } = await service.table("statements", tableInputs.statements.parse(question));
      return rows.map(({ name }) => name);
    };
    expect(await ask({ search: "SELECT ent" })).toEqual(["entries"]);
    expect(await ask({ search: "entries" })).toEqual(["entries"]);
    expect(await ask({ sort: { by: "callers", descending: false } })).toEqual(["entries", "notes"]);
    expect(await ask({ sort: { by: "callers" } })).toEqual(["notes", "entries"]);
    const bySight = { by: "firstSeenAt", descending: false } as const;
    const { rows } = await service.table("statements", tableInputs.statements.parse({ sort: bySight }));
    const seen = rows.map(({ firstSeenAt }) => firstSeenAt ?? "");
    expect(seen).toEqual(seen.toSorted());
  });

  test("have a detail view with text, histogram and trend", async () => {
    const { text, figures, histogram, waitHistogram, trend, stepMs } = await service.statement(
      insightsStatementInput.parse({ name: "notes", range: "15m" }),
    );
    expect([text, figures?.count, stepMs]).toEqual(["select notes", 26, 5_000]);
    const count = (bars: typeof histogram) => bars.reduce((sum, bar) => sum + bar.count, 0);
    expect([count(histogram), count(waitHistogram)]).toEqual([26, 26]);
    const points = trend.flatMap((point) => (point === null ? [] : [[point.at, point.count, point.meanMs]]));
    expect(points).toEqual([
      ["2026-01-01T11:53:20.000Z", 5, 50],
      ["2026-01-01T12:00:00.000Z", 21, 100 / 21],
    ]);
    expect(trend).toHaveLength(180);
    const unknown = service.statement(insightsStatementInput.parse({ name: "nothing" }));
    await expect(unknown).rejects.toThrow(new AdvisorError("STATEMENT_UNKNOWN"));
  });
});

describe("the cache", () => {
  test("is reported by group and tag family, with the database time saved", async () => {
    await record(() => {
      readAs("app", "note.byId", 80, { families: ["note:*"], marks: ["t:note:1", "k:x"], durationMs: 0.5 });
      readAs("app", "note.byId", 20, { outcome: "miss", tier: null, durationMs: 11, loadMs: 10, families: ["note:*"] });
      loadAs("app", "note.byId", times(20, 10));
      readAs("app", "folder.list", 3, {});
      runInScope({ request: { id: "test" }, origin: "app", procedure: null, deadlineAtMs: null }, () => {
        channels.cache.publish({ type: "fill", group: "note.byId", bytes: 700, stored: true, reason: null });
        channels.cache.publish({ type: "fill", group: "note.byId", bytes: 0, stored: false, reason: "stale" });
        channels.cache.publish({ type: "eviction", group: "note.byId", count: 4 });
      });
    });
    const { rows, databaseTimeSavedMs } = await service.table("groups", tableInputs.groups.parse({}));
    expect(rows.map(({ group }) => group)).toEqual(["note.byId", "folder.list"]);
    expect(rows[0]).toMatchObject({
      reads: 100,
      hitRatio: 0.8,
      readsPerSecond: 50,
      loads: 20,
      fills: 1,
      fillBytes: 700,
      rejectedFills: 1,
      evictions: 4,
    });
    expect(Math.abs((databaseTimeSavedMs ?? 0) - 80 * 9.5)).toBeLessThanOrEqual(80 * 0.55);
    expect(rows[1]?.databaseTimeSavedMs).toBeNull();

    const tags = await service.table("tags", tableInputs.tags.parse({}));
    expect(tags.rows).toMatchObject([{ family: "note:*", reads: 100, hitRatio: 0.8, loads: 20 }]);
  });
});

describe("Redis, the pool, the observer", () => {
  test("report commands by connection, and breakers", async () => {
    await record(() => {
      for (const ok of [true, true, false]) {
        channels.redis.publish({ connection: "cache", command: "MGET", durationMs: 2, ok });
      }
      channels.cache.publish({ type: "breaker", state: "open" });
    });
    const { rows, breakers } = await service.table("redis", tableInputs.redis.parse({ includeAdmin: true }));
    const mget = rows.find(({ command }) => command === "MGET");
    expect(mget).toMatchObject({ connection: "cache", count: 3, errors: 1, meanMs: 2 });
    expect(breakers.find(({ connection }) => connection === "cache")).toMatchObject({ opened: 1, closed: 0 });
  });

  test("report the waits of all statements for the pool", async () => {
    await record(() => {
      queryAs("app", "one", [100]);
      queryAs("job", "two", [400]);
    });
    const { wait, nodes } = await service.pool(insightsPeriodInput.parse({}));
    expect(wait).toMatchObject({ count: 2, maxMs: 40 });
    expect(nodes).toEqual([]);
  });

  test("report the cost and size of telemetry", async () => {
    await record(() => callAs("app", "note.byId", times(10, 1)));
    const seen = await service.observer(insightsPeriodInput.parse({ range: "1h" }));
    expect(seen).toMatchObject({ dropped: 0, undecodable: 0, capped: [], postgres: null });
    expect(seen.redis?.map(({ tier }) => tier)).toEqual(["5s", "1m"]);
    expect(seen.redis?.every(({ slots, bytes }) => slots >= 1 && bytes > 0)).toBe(true);
    expect(seen.retention.minutesMs).toBe(7 * 86_400_000);
  });
});

describe("series", () => {
  test("are charted over time with gaps, zeros and the previous period", async () => {
    opened.clock.nowMs = startMs - 300_000;
    await record(() => callAs("app", "note.search", [8]));
    opened.clock.nowMs = startMs - 10_000;
    await record(() => {
      callAs("app", "note.search", times(99, 10));
      callAs("app", "note.search", [1_000], "INTERNAL_SERVER_ERROR");
      readAs("app", "note.byId", 10, {});
    });
    opened.clock.nowMs = startMs;
    await record(() => callAs("app", "other", [1]));
    const { series, heatMap, before, stepMs } = await service.series(
      insightsSeriesInput.parse({
        compare: true,
        wanted: [
          { kind: "rpc", name: "note.search", field: "count" },
          { kind: "rpc", name: "note.search", field: "p95Ms" },
          { kind: "rpc", name: "note.search", field: "errors" },
          { kind: "cache", name: "note.byId", field: "hitRatio" },
          { kind: "rpc", name: "never called", field: "count" },
        ],
        heatMap: { kind: "rpc", name: "note.search" },
      }),
    );
    const tail = series.map(({ values }) => values.slice(-4));
    expect(tail).toEqual([
      [null, 100, null, 0],
      [null, expect.closeTo(10, 0), null, null],
      [null, 1, null, 0],
      [null, 1, null, null],
      [null, 0, null, 0],
    ]);
    expect(series.map(({ values }) => values.length)).toEqual(times(5, 60));
    expect(series[0]?.before?.at(-1)).toBe(1);
    expect([before?.stepMs, stepMs]).toEqual([5_000, 5_000]);
    const counts = heatMap?.counts.slice(-4) ?? [];
    expect(counts.map((bands) => bands?.reduce((sum, count) => sum + count, 0) ?? null)).toEqual([null, 100, null, 0]);
  });

  test("of a whole kind are what all of it was, in values and as a heat map", async () => {
    opened.clock.nowMs = startMs - 5_000;
    await record(() => {
      callAs("app", "note.byId", times(60, 2));
      callAs("app", "note.search", times(40, 20));
      queryAs("app", "note.byId", times(30, 4));
      queryAs("app", "note.search", times(10, 40));
      readAs("app", "note.byId", 12, {});
      loadAs("app", "note.byId", [3, 3]);
    });
    opened.clock.nowMs = startMs;
    const { series, heatMap } = await service.series(
      insightsSeriesInput.parse({
        wanted: [
          { kind: "rpc", name: "*", field: "count" },
          { kind: "rpc", name: "*", field: "p50Ms" },
          { kind: "rpc", name: "*", field: "p99Ms" },
          { kind: "sql", name: "*", field: "count" },
          { kind: "sql", name: "note.search", field: "count" },
          { kind: "sql", name: "*", field: "p95Ms" },
          { kind: "cache", name: "*", field: "reads" },
          { kind: "cache", name: "*", field: "loadsPerSecond" },
        ],
        heatMap: { kind: "rpc", name: "*" },
      }),
    );
    // Percentiles come from histograms with a relative error of at most 5 %.
    const near = (ms: number): unknown => expect.closeTo(ms, ms < 10 ? 0 : -1);
    expect(series.map(({ values }) => values.at(-2))).toEqual([100, near(2), near(20), 40, 10, near(40), 12, 0.4]);
    const bands = heatMap?.counts.at(-2) ?? [];
    expect(bands.flatMap((count, band) => (count === 0 ? [] : [[heatMap?.edgesMs[band], count]]))).toEqual([
      [2, 60],
      [32, 40],
    ]);
  });
});
