import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { createWeirClient, isWeirError, type WeirClient } from "@weir/client";
import type { NotesRouter } from "@/dev/notes/test-notes";
import { type SignedInUser, startTestApp, type TestApp } from "@/dev/test-app";

let app: TestApp;
let viewer: SignedInUser;
let weir: WeirClient<NotesRouter>;

beforeAll(async () => {
  app = await startTestApp();
  viewer = await app.signIn("viewer");
  weir = createWeirClient<NotesRouter>({ url: app.origin, cookie: viewer.cookie });
  for (let page = 0; page < 3; page += 1) {
    await weir.note.list.query({ folder: "recipes", limit: 5 + page });
    await weir.note.byId.query({ id: 1_002 });
  }
  await weir.note.byId.query({ id: 1 }).catch(() => undefined);
  await app.telemetry.flush();
});
afterAll(async () => {
  weir.close();
  await app[Symbol.asyncDispose]();
});

const problemsOf = async (call: Promise<unknown>): Promise<string[]> => {
  const error: unknown = await call.then(
    () => null,
    (cause: unknown) => cause,
  );
  if (!isWeirError(error)) throw new Error("The call was not rejected.", { cause: error });
  expect(error.code).toBe("BAD_REQUEST");
  return error.problems.map(({ path, message }) => `${path}: ${message}`);
};

describe("over HTTP, as a viewer", () => {
  test("the metrics of a range match the calls made", async () => {
    const { rows } = await weir.insights.procedures.query({ range: "1h", sort: { by: "count" }, search: "note." });
    expect(rows.map(({ name, count, refused }) => [name, count, refused])).toEqual([
      ["note.byId", 4, 1],
      ["note.list", 3, 0],
    ]);
    const { rows: statements } = await weir.insights.statements.query({ range: "1h", search: "note.list" });
    const [statement] = statements;
    expect(statement).toMatchObject({ count: 3, callers: [{ procedure: "note.list", share: 1 }] });
    const detail = await weir.insights.statement.query({ range: "1h", name: statement?.name ?? "" });
    expect(detail.text).toMatch(/select[\s\S]*notes/);
    expect(detail.histogram.reduce((sum, { count }) => sum + count, 0)).toBe(3);

    const groups = await weir.insights.groups.query({ range: "1h", search: "note.byId" });
    expect(groups.rows[0]?.reads).toBe(4);
    const { nodes } = await weir.insights.nodes.query();
    expect(nodes.map(({ id, standing }) => [id, standing])).toEqual([[app.runtime.nodeId, "reporting"]]);
    const { wait } = await weir.insights.pool.query({ range: "1h" });
    expect(wait.count).toBeGreaterThan(3);
    const { verdicts } = await weir.insights.overview.query({ range: "1h", compare: true });
    expect(verdicts.map(({ subject }) => subject)).toEqual(["Cache", "Errors", "Pool", "Nodes"]);
    const { series } = await weir.insights.series.query({
      range: "1h",
      wanted: [{ kind: "rpc", name: "note.list", field: "count" }],
    });
    expect(series[0]?.values.reduce<number>((sum, value) => sum + (value ?? 0), 0)).toBe(3);
    const { redis, postgres } = await weir.insights.observer.query({ range: "1h" });
    expect([redis === null, postgres]).toEqual([false, expect.anything()]);
    await weir.insights.tags.query();
    await weir.insights.redis.query();
  });

  test("invalid input is rejected with a message", async () => {
    // An untyped client.
    const ask = (procedure: "overview" | "series" | "procedures", input: object) =>
      (weir.insights[procedure].query as (input: unknown) => Promise<unknown>)(input);
    expect(await problemsOf(ask("overview", { range: "2h" }))).toEqual([
      "range: A range must be one of 5m, 15m, 1h, 6h, 24h, 7d, 30d, 90d, or { from, to }.",
    ]);
    const tooLong = { from: "2025-01-01T00:00:00Z", to: "2026-01-01T00:00:00Z" };
    expect(await problemsOf(ask("overview", { range: tooLong }))).toEqual([
      "range.from: A range can be at most 90 days long.",
    ]);
    const wanted = Array.from({ length: 11 }, () => ({ kind: "rpc", name: "a", field: "count" }));
    expect(await problemsOf(ask("series", { wanted }))).toHaveLength(1);
    expect(await problemsOf(ask("series", { wanted: [{ kind: "rpc", name: "a", field: "rows" }] }))).toEqual([
      expect.stringMatching(/^wanted\.0\.field: A field of rpc must be one of count, /),
    ]);
    expect(await problemsOf(ask("procedures", { limit: 201 }))).toHaveLength(1);
    const ahead = { from: "2099-01-01T00:00:00Z", to: "2099-01-02T00:00:00Z" };
    await expect(weir.insights.pool.query({ range: ahead })).rejects.toMatchObject({ weirCode: "RANGE_IN_FUTURE" });
  });
});
