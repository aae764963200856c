import { beforeEach, expect, onTestFinished, test } from "vitest";
import { createSharedClock } from "@weir/core/shared-clock";
import { attachTelemetry } from "../record/attach";
import { callAs } from "../record/test-traffic";
import { createTelemetryReader } from "../read/reader";
import { startRollup } from "./rollup";
import { openTestStores, type TestStores } from "./test-stores";
import { hourMs } from "./tiers";

const dayMs = 24 * hourMs;
const minuteMs = 60_000;

let stores: TestStores;
beforeEach(async () => {
  stores = await openTestStores();
  return stores.close;
});

const hourStart = (): number => Math.floor(Date.now() / hourMs) * hourMs;

/** An archive with a week of hours and the minutes of one of them. */
async function fill(): Promise<void> {
  const { archive } = stores;
  const slot = { reports: 1, messages: 1, head: Buffer.from("h"), body: Buffer.from("b") };
  for (let hour = 2; hour < 170; hour += 1) {
    const startMs = hourStart() - hour * hourMs;
    await archive.put("1h", { ...slot, startMs, writtenAtMs: startMs });
  }
  for (let minute = 0; minute < 60; minute += 1) {
    const startMs = hourStart() - 3 * hourMs + minute * minuteMs;
    await archive.put("1m", { ...slot, messages: 0, reports: 0, startMs, writtenAtMs: startMs });
  }
  await archive.noteTexts([{ name: "q", text: "select 1", firstSeenMs: hourStart() - dayMs, lastSeenMs: hourStart() }]);
}

async function count(): Promise<{ minutes: number; hours: number; texts: number }> {
  const { archive } = stores;
  const whole = [0, Date.now() + 1_000 * dayMs] as const;
  const [minutes, hours, texts] = await Promise.all([
    archive.versions("1m", ...whole),
    archive.versions("1h", ...whole),
    archive.texts(["q"]),
  ]);
  return { minutes: minutes.length, hours: hours.length, texts: texts.length };
}

test.each([400, -400])("a node whose clock is off by %d days removes nothing from the archive", async (days) => {
  await fill();
  const before = await count();
  const { redis, keyPrefix, archive } = stores;
  const rollup = startRollup({
    nodeId: "a",
    redis,
    keyPrefix,
    archive,
    now: () => Date.now() + days * dayMs,
    isTimed: false,
  });
  for (let round = 0; round < 5; round += 1) await rollup.round();
  expect(await count()).toEqual(before);
});

test("what a node with a wrong clock records is dated by the time that the other clocks agree on", async () => {
  const { redis, keyPrefix } = stores;
  const clock = createSharedClock({ own: () => Date.now() + 400 * dayMs });
  const atMs = performance.now();
  for (const store of ["postgres", "redis"] as const) {
    clock.observe(store, { sentAtMs: atMs, receivedAtMs: atMs, serverMs: Date.now() });
  }
  const telemetry = attachTelemetry({ nodeId: "a", redis, keyPrefix, clock, flushEveryMs: dayMs });
  onTestFinished(() => telemetry.close());
  callAs("app", "note.byId", [1, 2]);
  await telemetry.flush();
  const nodes = await createTelemetryReader({ redis, keyPrefix }).nodes();
  expect(nodes).toMatchObject([{ id: "a", state: { clockSkewMs: 400 * dayMs } }]);
  expect(telemetry.dropped).toBe(0);
});

test.each([400, -400])("with Redis as the only other clock, a node %d days off writes no slots", async (days) => {
  const { redis, keyPrefix } = stores;
  let offMs = days * dayMs;
  const clock = createSharedClock({ own: () => Date.now() + offMs });
  const telemetry = attachTelemetry({ nodeId: "a", redis, keyPrefix, clock, flushEveryMs: dayMs });
  onTestFinished(() => telemetry.close());
  callAs("app", "note.byId", [1, 2]);
  await telemetry.flush();
  expect(await redis.keys(`${keyPrefix}telemetry:[0-9]*`)).toEqual([]);
  expect(clock.status().state).toBe("disputed");
  // The clock is set right: recording goes on, and what was refused counts as dropped.
  offMs = 0;
  callAs("app", "note.byId", [1]);
  await telemetry.flush();
  await telemetry.flush();
  const nodes = await createTelemetryReader({ redis, keyPrefix }).nodes();
  expect(nodes.map(({ id }) => id)).toEqual(["a"]);
  expect(telemetry.dropped).toBeGreaterThan(0);
});

test("one round removes a bounded number of rows, however many have expired", async () => {
  const { redis, keyPrefix, archive } = stores;
  const slot = { reports: 1, messages: 1, head: Buffer.from("h"), body: Buffer.from("b") };
  for (let hour = 0; hour < 60; hour += 1) {
    const startMs = hourStart() - 200 * dayMs + hour * hourMs;
    await archive.put("1h", { ...slot, startMs, writtenAtMs: startMs });
  }
  const rollup = startRollup({ nodeId: "a", redis, keyPrefix, archive, isTimed: false });
  expect(await rollup.round()).toMatchObject({ isDone: true });
  expect((await count()).hours).toBe(60 - 24);
});

test("a round does nothing and says why when no two clocks agree", async () => {
  await fill();
  const before = await count();
  const { redis, keyPrefix, archive } = stores;
  const rollup = startRollup({
    nodeId: "a",
    redis,
    keyPrefix,
    archive,
    now: () => Date.now() + 400 * dayMs,
    readTimes: async () => ({ postgres: Date.now() + 800 * dayMs, redis: Date.now() }),
    isTimed: false,
  });
  await expect(rollup.round()).rejects.toThrow(/clocks disagree/u);
  expect(await count()).toEqual(before);
});
