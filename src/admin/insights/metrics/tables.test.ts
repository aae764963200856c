import { describe, expect, test } from "vitest";
import { tableInputs } from "../contract/tables";
import { createSeries, type TelemetryTotals } from "@weir/telemetry";
import { pickPage, toTable } from "./tables";
import { quietTotals } from "./test-totals";

type Calls = { ms: number[]; errorCode?: string; statements?: number; bytes?: number; inFlight?: number };

function rpc(...calls: Calls[]) {
  const series = createSeries.rpc();
  for (const { ms, errorCode, statements, bytes, inFlight } of calls) {
    for (const durationMs of ms) {
      series.record({
        procedure: "",
        type: "query",
        durationMs,
        ok: errorCode === undefined,
        errorCode: errorCode ?? null,
        bytes,
        inFlight,
        ...(statements === undefined ? {} : { counts: { statements, cacheReads: 2, poolWaitMs: 3, sqlMs: 4 } }),
      });
    }
  }
  return series;
}

function sql(durationsMs: number[], procedure: string | null = null, rows = 2) {
  const series = createSeries.sql();
  for (const durationMs of durationsMs) {
    const message = { statement: "", text: "", waitMs: durationMs / 10, durationMs, rows, ok: true };
    series.record(message, procedure);
  }
  return series;
}

const withSeries = (series: Partial<TelemetryTotals["series"]>): TelemetryTotals => {
  const quiet = quietTotals();
  return { ...quiet, series: { ...quiet.series, ...series } };
};

describe("the table of procedures", () => {
  const seen = withSeries({
    rpc: new Map([
      [
        "note.search",
        rpc(
          { ms: [10, 20, 30], statements: 4, bytes: 1_000, inFlight: 3 },
          { ms: [40], errorCode: "INTERNAL_SERVER_ERROR" },
          { ms: [20, 30], errorCode: "NOT_FOUND" },
        ),
      ],
      ["note.byId", rpc({ ms: [50], inFlight: 1 })],
    ]),
  });

  test("shows values per call, per second and as a share of the total", () => {
    const { rows, total, coverage } = toTable("procedures", seen, null, tableInputs.procedures.parse({}));
    expect([rows.map(({ name }) => name), total, coverage.coveredMs]).toEqual([
      ["note.search", "note.byId"],
      2,
      60_000,
    ]);
    expect(rows[0]).toMatchObject({
      count: 6,
      errors: 1,
      refused: 2,
      perSecond: 0.1,
      totalMs: 150,
      totalShare: 0.75,
      errorRatio: 1 / 6,
      errorCodes: [
        { code: "NOT_FOUND", count: 2 },
        { code: "INTERNAL_SERVER_ERROR", count: 1 },
      ],
      statementsPerCall: 2,
      cacheReadsPerCall: 2,
      poolWaitPerCallMs: 1.5,
      sqlPerCallMs: 2,
      bytesPerCall: 1_000,
      bytes: 3_000,
      inFlightMean: 150 / 60_000,
      inFlightPeak: 3,
      before: null,
    });
    expect(rows[1]).toMatchObject({ statementsPerCall: 0, cacheReadsPerCall: null, bytesPerCall: null });
  });

  test("excludes time without reports and time that has not elapsed from rates", () => {
    const gap = {
      ...seen,
      slots: seen.slots.map((slot, index) => (index < 6 ? null : slot)),
      asOfMs: seen.toMs - 4_000,
    };
    const [row] = toTable("procedures", gap, null, tableInputs.procedures.parse({})).rows;
    expect(row?.perSecond).toBe(6 / 26);
  });

  test("is compared with the previous period", () => {
    const before = withSeries({ rpc: new Map([["note.byId", rpc({ ms: [100, 100, 100] })]]) });
    const table = toTable("procedures", seen, before, tableInputs.procedures.parse({ compare: true }));
    expect(table.before).toMatchObject({ from: "2026-01-01T12:00:00.000Z", to: "2026-01-01T12:01:00.000Z" });
    expect(table.rows.map((row) => row.before)).toMatchObject([
      null,
      { count: 3, perSecond: 0.05, meanMs: 100, p95Ms: expect.closeTo(100, 0) },
    ]);
  });
});

describe("the table of statements", () => {
  const seen: TelemetryTotals = {
    ...withSeries({
      rpc: new Map([["note.list", rpc({ ms: [1, 1] })]]),
      sql: new Map([
        [
          "often",
          sql(
            Array.from({ length: 28 }, () => 1),
            "note.list",
          ),
        ],
        ["seldom", sql([12])],
      ]),
    }),
    texts: new Map([["often", { text: `select ${"x".repeat(2_000)}`, firstSeenMs: 0, lastSeenMs: 1_000 }]]),
  };
  seen.series.sql.get("often")?.merge(sql([2, 2], "unknown.caller"));

  test("names callers with their shares and runs per call", () => {
    const { rows } = toTable("statements", seen, null, tableInputs.statements.parse({}));
    expect(rows.map(({ name }) => name)).toEqual(["often", "seldom"]);
    expect(rows[0]).toMatchObject({
      count: 30,
      totalMs: 32,
      totalShare: 32 / 44,
      rows: 60,
      rowsPerRun: 2,
      waitTotalMs: expect.closeTo(3.2),
      perProcedureCall: 14,
      callers: [
        { procedure: "note.list", count: 28, totalMs: 28, share: 28 / 32, perCall: 14 },
        { procedure: "unknown.caller", count: 2, totalMs: 4, share: 4 / 32, perCall: null },
      ],
      firstSeenAt: "1970-01-01T00:00:00.000Z",
      lastSeenAt: "1970-01-01T00:00:01.000Z",
    });
    expect(rows[0]?.text.length).toBeLessThan(1_010);
    expect(rows[1]).toMatchObject({
      text: "",
      perProcedureCall: null,
      callers: [{ procedure: "(none)", perCall: null }],
      firstSeenAt: null,
    });
  });
});

describe("the tables of the cache", () => {
  const read = (outcome: "hit" | "miss" | "bypass", durationMs: number, loadMs: number | null = null) => ({
    type: "read" as const,
    group: "",
    outcome,
    tier: outcome === "hit" ? ("l1" as const) : null,
    durationMs,
    loadMs,
  });

  test("estimate the database time saved from medians", () => {
    const group = createSeries.cache();
    for (let index = 0; index < 90; index += 1) group.record(read("hit", 0.5));
    for (let index = 0; index < 10; index += 1) {
      group.record(read("miss", 21, 20));
      group.recordLoad({ type: "load", group: "", durationMs: 20, ok: true, keys: 1, background: false });
      group.recordFill({ type: "fill", group: "", bytes: 100, stored: index > 2, reason: index > 2 ? null : "stale" });
    }
    group.recordEvictions(7);
    const unread = createSeries.cache();
    unread.recordEvictions(1);
    const seen = withSeries({
      cache: new Map([
        ["note.byId", group],
        ["idle", unread],
      ]),
    });
    const table = toTable("groups", seen, null, tableInputs.groups.parse({}));
    expect(table.rows[0]).toMatchObject({
      reads: 100,
      readsPerSecond: 100 / 60,
      hitRatio: 0.9,
      fills: 7,
      fillBytes: 700,
      rejectedFills: 3,
      evictions: 7,
      databaseTimeSavedMs: expect.closeTo(90 * 19.5, -2),
    });
    expect(table.rows[1]).toMatchObject({ group: "idle", hitRatio: null, databaseTimeSavedMs: null });
    expect(table.databaseTimeSavedMs).toBe(table.rows[0]?.databaseTimeSavedMs);
    expect(toTable("groups", quietTotals(), null, tableInputs.groups.parse({})).databaseTimeSavedMs).toBeNull();
  });

  test("name the most read tags of a family", () => {
    const family = createSeries.tag();
    for (const [tag, times] of [
      ["note:1", 3],
      ["note:2", 9],
    ] as const) {
      for (let index = 0; index < times; index += 1) family.record(read("hit", 1));
      family.members.add(tag, times);
    }
    const [row] = toTable(
      "tags",
      withSeries({ tag: new Map([["note:*", family]]) }),
      null,
      tableInputs.tags.parse({}),
    ).rows;
    expect(row).toMatchObject({
      family: "note:*",
      reads: 12,
      outcomes: { hitL1: 12 },
      members: [
        { tag: "note:2", reads: 9, atLeast: 9 },
        { tag: "note:1", reads: 3, atLeast: 3 },
      ],
    });
  });
});

test("the Redis table lists commands by connection, and breakers separately", () => {
  const get = createSeries.redis();
  get.record({ connection: "cache", command: "MGET", durationMs: 2, ok: false });
  const breaker = createSeries.redis();
  breaker.recordBreaker({ type: "breaker", state: "open" });
  const seen = withSeries({
    redis: new Map([
      ["cache MGET", get],
      ["cache (breaker)", breaker],
    ]),
  });
  const state = { connection: "cache", state: "open" as const };
  const node = (id: string, standing: "reporting" | "silent") => ({
    id,
    standing,
    lastSeenAt: "",
    clockSkewMs: null,
    report: {
      role: "api",
      version: "1",
      startedAt: "",
      callsInFlight: 0,
      pool: { inUse: 0, queued: 0, max: 1, longest: null },
      breakers: [state],
      cache: { epoch: 1, lagMs: 0, isTrusted: true },
      rssBytes: 1,
      eventLoopUtilisation: 0,
      eventLoopDelayP99Ms: null,
    },
  });
  const table = toTable("redis", seen, null, tableInputs.redis.parse({}), [
    node("a", "reporting"),
    node("b", "silent"),
  ]);
  expect(table.rows).toMatchObject([{ connection: "cache", command: "MGET", count: 1, errors: 1, totalShare: 1 }]);
  expect(table.breakers).toEqual([{ connection: "cache", opened: 1, closed: 0, nodes: [{ id: "a", state: "open" }] }]);
});

const rows = [
  { name: "b", count: 2, p95Ms: null },
  { name: "a", count: 2, p95Ms: 5 },
  { name: "Note.x", count: 9, p95Ms: 1 },
  { name: "d", count: 0, p95Ms: 50 },
];
const pick = (question: object) => {
  const input = tableInputs.procedures.parse(question);
  const { rows: page, ...counts } = pickPage(rows, input, ({ name }) => name);
  return { names: page.map(({ name }) => name), ...counts };
};

test("sorts rows without a value last in either direction, and ties by name", () => {
  expect(pick({ sort: { by: "count" } }).names).toEqual(["Note.x", "a", "b", "d"]);
  expect(pick({ sort: { by: "p95Ms" } }).names).toEqual(["d", "a", "Note.x", "b"]);
  expect(pick({ sort: { by: "p95Ms", descending: false } }).names).toEqual(["Note.x", "a", "d", "b"]);
  expect(pick({ sort: { by: "name", descending: false } }).names).toEqual(["Note.x", "a", "b", "d"]);
});

test("filters by minimums, maximums and by name, and counts the matches", () => {
  expect(pick({ atLeast: { p95Ms: 5 } })).toMatchObject({ names: ["a", "d"], matching: 2, total: 4 });
  expect(pick({ atLeast: { p95Ms: 1, count: 3 } }).names).toEqual(["Note.x"]);
  expect(pick({ atMost: { p95Ms: 5 } }).names).toEqual(["Note.x", "a"]);
  expect(pick({ atLeast: { p95Ms: 5 }, atMost: { p95Ms: 5 } }).names).toEqual(["a"]);
  expect(pick({ search: " nOTE " }).names).toEqual(["Note.x"]);
  expect(pick({ atLeast: { p95Ms: 0 } }).names).not.toContain("b");
});

test("sorts by words and searches in the text, where a table has them", () => {
  const input = tableInputs.statements.parse({ sort: { by: "callers", descending: false }, search: "ORDERS" });
  const table = ["c", "a", null].map((caller, index) => ({ name: `s${index}`, text: "from orders", caller }));
  const { rows: page } = pickPage([...table, { name: "x", text: "", caller: "b" }], input, ({ name }) => name, {
    textOf: ({ text }) => text,
    cellOf: (row) => row.caller,
  });
  expect(page.map(({ name }) => name)).toEqual(["s1", "s0", "s2"]);
});

test("pages", () => {
  const question = { sort: { by: "count" }, limit: 2 };
  expect(pick(question)).toEqual({ names: ["Note.x", "a"], matching: 4, total: 4 });
  expect(pick({ ...question, offset: 2 }).names).toEqual(["b", "d"]);
  expect(pick({ ...question, offset: 10 }).names).toEqual([]);
});

test("the input is bounded, and rejected with a message", () => {
  const problemsOf = (question: object) =>
    tableInputs.procedures.safeParse(question).error?.issues.map(({ path }) => path.join(".")) ?? [];
  expect(problemsOf({ limit: 201 })).toEqual(["limit"]);
  expect(problemsOf({ offset: 10_001 })).toEqual(["offset"]);
  expect(problemsOf({ search: "a".repeat(101) })).toEqual(["search"]);
  expect(problemsOf({ atLeast: { count: -1 } })).toEqual(["atLeast.count"]);
  expect(problemsOf({ atLeast: { name: 1 } })).toHaveLength(1);
  const wrong = tableInputs.procedures.safeParse({ sort: { by: "constructor" } }).error?.issues[0];
  expect(wrong?.message).toMatch(/^Rows can be sorted by name or one of count, perSecond, /);
});
