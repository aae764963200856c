import { randomBytes } from "node:crypto";
import postgres from "postgres";
import { expect, inject, test } from "vitest";
import { freePort, plainEnvironment, runProgram } from "@weir/embedded/processes";
import { ownSession } from "@weir/postgres";
import { openBundles } from "@weir/testkit/bundles";
import { testPrefix } from "@weir/testkit/testing";
import { createDatabase, createTouchChecks, touchTriggerSql, type TouchTrigger } from "@weir/postgres";
import { openRuntime } from "@/server/runtime";
import { attachTelemetry, startRollup } from "@weir/telemetry";
import { createDoctorCommand, outboxFindings } from "./doctor";
import { createNotesDatabase } from "@/dev/notes/test-notes";

test("the doctor reports the size of telemetry as text and as JSON", async () => {
  await using database = await createNotesDatabase();
  const keyPrefix = testPrefix();
  const queueRedisUrl = inject("queueRedisUrl");
  const runtime = await openRuntime({
    features: {},
    nodeId: "cli",
    databaseUrl: database.url,
    poolMax: 2,
    redisUrl: inject("redisUrl"),
    queueRedisUrl,
    keyPrefix,
    disabled: new Set(),
  });
  try {
    const { queueRedis: redis, telemetryArchive: archive } = runtime;
    let nowMs = Date.now() - 600_000;
    const telemetry = attachTelemetry({ nodeId: "a", redis, keyPrefix, now: () => nowMs, flushEveryMs: 86_400_000 });
    await telemetry.close();
    nowMs += 120_000;
    const readTimes = async () => ({ postgres: nowMs, redis: nowMs });
    await startRollup({ nodeId: "a", redis, keyPrefix, archive, now: () => nowMs, readTimes, isTimed: false }).round();

    const { text, data } = await createDoctorCommand(() =>
      Promise.resolve({ summary: "18.0, UTF8", problems: ["Both are shown."], remarks: [], pooling: ownSession }),
    ).run({ positionals: [], values: {} }, () => Promise.resolve(runtime));
    expect(text).toContain("wrong  Postgres suits: Both are shown.");
    expect(text).toMatch(/ok +telemetry in Redis: \d+ slots of 5s, (about )?[\d.]+ \w+; \d+ slots of 1m, /u);
    expect(text).toMatch(/ok +telemetry in Postgres: .*telemetry_slots 1 rows, [\d.]+ \w+/u);
    expect(data).toMatchObject({
      telemetry: {
        redis: [
          { tier: "5s", widthMs: 5_000, keepMs: 900_000 },
          { tier: "1m", widthMs: 60_000, keepMs: 10_800_000 },
        ],
        postgres: { tiers: [{ tier: "1m", slots: 1 }] },
        retention: { minutesMs: 604_800_000, hoursMs: 7_776_000_000 },
      },
    });
  } finally {
    await runtime.close();
  }
});

test("the doctor compares the triggers with what the features expect, and knows the outbox", async () => {
  await using database = await createNotesDatabase();
  const sql = postgres(database.url, { max: 1, onnotice: () => undefined });
  const trigger: TouchTrigger = {
    schema: "shop",
    table: "orders",
    family: "order",
    tags: [{ family: "order", columns: ["id"] }],
  };
  // Without a cache, nothing of the outbox is applied.
  const open = createDatabase({ url: database.url, max: 2 });
  const lines = async (): Promise<string[]> =>
    (await outboxFindings({ touchChecks: createTouchChecks(open.db, [trigger]) })).map(
      ({ check, ok, detail }) => `${ok ? "ok" : "wrong"} ${check}: ${detail}`,
    );
  try {
    await sql.unsafe("create schema shop; create table shop.orders (id int)");
    expect(await lines()).toEqual([
      expect.stringMatching(/^wrong trigger of shop\.orders: shop\.orders has no trigger: /u),
      "ok cache outbox: empty",
    ]);
    await sql.unsafe(touchTriggerSql(trigger));
    await sql.unsafe("insert into shop.orders values (1)");
    expect(await lines()).toEqual([
      "ok trigger of shop.orders: every write invalidates",
      expect.stringMatching(/^ok cache outbox: 1 rows wait, the oldest for \d\.\d s$/u),
    ]);
    await sql.unsafe(`alter table shop.orders disable trigger weir_touch_delete;
      update weir.cache_outbox set created_at = created_at - interval '1 minute'; grant execute on function weir.weir_touch() to public`);
    expect(await lines()).toEqual([
      expect.stringMatching(/^wrong trigger of shop\.orders: .*disabled for delete/u),
      expect.stringMatching(/^wrong cache outbox: 1 rows wait, the oldest for \d\d\.\d s\. Every role may attach/u),
    ]);
    await sql.unsafe("revoke execute on function weir.weir_touch() from public");
    expect((await lines())[1]).toMatch(/^wrong cache outbox: .*: no node applies them\./u);
  } finally {
    await open.close();
    await sql.end();
  }
});

/** Runs a command of the CLI on an empty database. Returns what it did there as well. */
async function runOnEmptyDatabase(words: readonly string[], variables: Record<string, string> = {}) {
  const admin = postgres(inject("databaseUrl"), { max: 1, onnotice: () => undefined });
  const name = `test_${randomBytes(8).toString("hex")}`;
  await admin`create database ${admin(name)}`;
  const url = new URL(inject("databaseUrl"));
  url.pathname = name;
  const bundles = openBundles();
  try {
    const program = await bundles.add(new URL("../main.ts", import.meta.url));
    const services = { REDIS_URL: inject("redisUrl"), QUEUE_REDIS_URL: inject("queueRedisUrl") };
    const env = { ...plainEnvironment, ...services, DATABASE_URL: url.href, KEY_PREFIX: testPrefix(), ...variables };
    const { code, output } = await runProgram(process.execPath, [program, ...words], { env, timeoutMs: 60_000 });
    const sql = postgres(url.href, { max: 1 });
    const tables = await sql<{ schema: string; name: string }[]>`
      select schemaname as schema, tablename as name from pg_tables
      where schemaname not in ('pg_catalog', 'information_schema')`;
    await sql.end();
    return { code, output, tables: Array.from(tables) };
  } finally {
    bundles.remove();
    await admin`drop database ${admin(name)} with (force)`;
    await admin.end();
  }
}

test("the doctor does not migrate an empty database", async () => {
  const { code, output, tables } = await runOnEmptyDatabase(["doctor"]);
  expect(output).toMatch(/ok +Postgres responds/u);
  expect(code).toBe(1);
  expect(tables).toHaveLength(0);
});

test("the doctor shows the system's or server's message for each store", async () => {
  const away = {
    DATABASE_URL: `postgres://127.0.0.1:${await freePort()}/none`,
    REDIS_URL: `redis://127.0.0.1:${await freePort()}`,
    QUEUE_REDIS_URL: "redis://nowhere.invalid:6379",
  };
  const { code, output } = await runOnEmptyDatabase(["doctor"], away);
  expect(code).toBe(1);
  expect(output).toMatch(/wrong +Postgres accepts writes: down: connect ECONNREFUSED 127\.0\.0\.1:\d+/u);
  expect(output).toMatch(/wrong +cache Redis responds: down: connect ECONNREFUSED 127\.0\.0\.1:\d+/u);
  expect(output).toMatch(/wrong +queue Redis responds: down: getaddrinfo ENOTFOUND nowhere\.invalid/u);
}, 60_000);

test("a command of the platform creates the platform's tables and none of a feature", async () => {
  const { code, output, tables } = await runOnEmptyDatabase(["admin", "list"]);
  expect(code, output).toBe(0);
  expect(tables).toContainEqual({ schema: "weir", name: "users" });
  const journals = tables.filter(({ name }) => name.includes("migrations"));
  expect(journals).toEqual([{ schema: "weir", name: "migrations" }]);
});
