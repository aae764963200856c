import { randomBytes } from "node:crypto";
import { Redis } from "ioredis";
import postgres from "postgres";
import { expect, inject, onTestFinished, test } from "vitest";
import { createTestDatabase, testPrefix } from "@weir/testkit/testing";
import { createDatabase } from "@weir/postgres";
import { createTelemetryReader } from "../read/reader";
import { attachTelemetry } from "../record/attach";
import { callAs, queryAs } from "../record/test-traffic";
import { createTelemetryArchive, type SlotArchive } from "./archive";
import { startRollup } from "./rollup";
import { coarseTier, hourMs, slotKey } from "./tiers";

/** Defaults that change what a reader of dates, bytes, floats and intervals receives, or how a literal is read. */
const hostile = {
  DateStyle: "German",
  IntervalStyle: "sql_standard",
  TimeZone: "Asia/Kolkata",
  bytea_output: "escape",
  extra_float_digits: "-15",
  standard_conforming_strings: "off",
  backslash_quote: "off",
  array_nulls: "off",
  transform_null_equals: "on",
  client_encoding: "LATIN1",
  lc_monetary: "C.utf8",
  lc_numeric: "C.utf8",
  lc_time: "C.utf8",
  default_transaction_isolation: "serializable",
  search_path: "nowhere",
};

const minuteMs = 60_000;
// In a zone of half an hour, this hour of UTC has another name and another middle.
const start = Date.UTC(2026, 0, 5, 18, 28);

test.each(["database", "role"])("the roll-up stores and reads the same with hostile defaults of the %s", async (of) => {
  const home = await createTestDatabase();
  const name = new URL(home.url).pathname.slice(1);
  const role = `hostile_${randomBytes(6).toString("hex")}`;
  const admin = postgres(home.url, { max: 1, onnotice: () => undefined });
  const redis = new Redis(inject("queueRedisUrl"));
  const keyPrefix = testPrefix();
  onTestFinished(async () => {
    await redis.quit();
    await admin.unsafe(`drop owned by ${role}`);
    await admin.end();
    await home.drop();
    const rest = postgres(inject("databaseUrl"), { max: 1 });
    await rest.unsafe(`drop role ${role}`);
    await rest.end();
  });
  await admin.unsafe(`create role ${role} login password 'secret'; grant usage on schema weir to ${role};
    grant select, insert, update, delete on all tables in schema weir to ${role}`);
  const target = of === "role" ? `role ${role}` : `database ${name}`;
  for (const [key, value] of Object.entries(hostile)) await admin.unsafe(`alter ${target} set ${key} = '${value}'`);
  const url = of === "role" ? Object.assign(new URL(home.url), { username: role, password: "secret" }).href : home.url;

  // The defaults hold for a session that sets nothing itself.
  const plain = postgres(url, { max: 1, fetch_types: false });
  const [seen] = await plain`select current_setting('DateStyle') as dates`;
  await plain.end();
  expect(seen?.["dates"]).toMatch(/^German/);

  let nowMs = start;
  const now = (): number => nowMs;
  const request = { origins: ["app"], nodeIds: null } as const;
  /** One start of a node: what it read and wrote. */
  const asNode = async <Result>(work: (archive: SlotArchive) => Promise<Result>): Promise<Result> => {
    const database = createDatabase({ url, max: 2 });
    try {
      return await work(createTelemetryArchive(database.db));
    } finally {
      await database.close();
    }
  };
  const rollup = (archive: SlotArchive) =>
    startRollup({
      nodeId: "a",
      redis,
      keyPrefix,
      archive,
      now,
      readTimes: async () => ({ postgres: nowMs, redis: nowMs }),
      isTimed: false,
    }).round();
  const record = async (count: number): Promise<void> => {
    const telemetry = attachTelemetry({ nodeId: "a", redis, keyPrefix, now, flushEveryMs: hourMs });
    callAs(
      "app",
      "note.byId",
      Array.from({ length: count }, (_, index) => 1 / 3 + index),
    );
    queryAs("app", "bei_größe_ł", [1 / 3]);
    await telemetry.close();
  };
  const read = (archive: SlotArchive, toMs: number) =>
    createTelemetryReader({ redis, keyPrefix, store: archive, now }).totals({
      ...request,
      fromMs: start,
      toMs,
      stepMs: minuteMs,
    });

  await asNode(async (archive) => {
    await record(3);
    nowMs += 2 * minuteMs;
    expect(await rollup(archive)).toEqual({ minutes: 1, hours: 0, isDone: true });
  });
  await redis.del(slotKey(keyPrefix, coarseTier, start));
  await asNode(async (archive) => {
    await record(2);
    nowMs += 2 * minuteMs;
    expect((await rollup(archive)).minutes).toBe(1);
    await redis.del(slotKey(keyPrefix, coarseTier, start + 2 * minuteMs));
    const totals = await read(archive, start + 3 * minuteMs);
    expect(totals.slots.map((slot) => slot?.calls ?? null)).toEqual([3, null, 2]);
    expect(totals.series.sql.get("bei_größe_ł")?.count).toBe(2);
    expect(totals.texts.get("bei_größe_ł")).toEqual({
      text: "select bei_größe_ł where id = $1",
      firstSeenMs: start,
      lastSeenMs: start + minuteMs,
    });
    expect(totals.coverage.missing.filter(({ why }) => why !== "not-kept")).toEqual([]);
  });

  // A minute whose bytes were damaged is missing, and the one beside it is not.
  const damaged = await admin`update weir.telemetry_slots set head = substring(head from 1 for 3)
    where start_at = ${new Date(start).toISOString()} returning tier`;
  expect(damaged).toEqual([{ tier: "1m" }]);
  await asNode(async (archive) => {
    const totals = await read(archive, start + 3 * minuteMs);
    expect(totals.slots.map((slot) => slot?.calls ?? null)).toEqual([null, null, 2]);
    expect(totals.coverage.missing).toContainEqual({ fromMs: start, toMs: start + minuteMs, why: "undecodable" });
  });

  // An hour later the minutes are merged into their hour.
  await asNode(async (archive) => {
    nowMs = start + 3 * hourMs;
    const { hours } = await rollup(archive);
    expect(hours).toBeGreaterThan(0);
  });
});
