import type { Redis } from "ioredis";
import { beforeEach, expect, test } from "vitest";
import type { SlotArchive } from "../store/archive";
import { startRollup } from "../store/rollup";
import { openTestStores } from "../store/test-stores";
import { createTelemetryReader } from "./reader";
import { callsPerSeries, fillFleet, fleetNodes, fleetStartMs as start, seriesPerKind } from "./test-fleet";

const minuteMs = 60_000;

let redis: Redis;
let keyPrefix: string;
let archive: SlotArchive;

beforeEach(async () => {
  const stores = await openTestStores();
  ({ redis, keyPrefix, archive } = stores);
  return stores.close;
});

test("reads an hour over twenty nodes and three hundred series in full, cold and cached", async () => {
  await fillFleet(redis, keyPrefix, 61);
  const rolledAtMs = start + 61 * minuteMs + 5_000;
  const rollup = startRollup({
    nodeId: "a",
    redis,
    keyPrefix,
    archive,
    now: () => rolledAtMs,
    readTimes: async () => ({ postgres: rolledAtMs, redis: rolledAtMs }),
    isTimed: false,
  });
  for (let isDone = false; !isDone;) ({ isDone } = await rollup.round());
  expect((await archive.versions("1m", 0, start + 2 * 3_600_000)).length).toBe(60);

  let nowMs = start + 60 * minuteMs + 30_000;
  const range = { fromMs: start + minuteMs, toMs: null, stepMs: minuteMs, origins: ["app"], nodeIds: null } as const;
  const wanted = [0, 1, 2, 3, 4].map((index) => ({ kind: "rpc", name: `feature${index}.procedure` }) as const);
  const reader = createTelemetryReader({ redis, keyPrefix, store: archive, now: () => nowMs, deadlineMs: 30_000 });
  for (const remembered of ["nothing", "much"]) {
    const totals = await reader.totals(range);
    expect(totals.series.rpc.get("feature0.procedure")?.count).toBe(60 * fleetNodes * callsPerSeries);
    expect(totals.slots.every((slot) => slot?.calls === fleetNodes * seriesPerKind * callsPerSeries)).toBe(true);
    expect([remembered, totals.coverage.missing]).toEqual([remembered, []]);
    const five = await reader.series({ ...range, wanted });
    expect(five.series.map((buckets) => buckets.map((one) => one?.count))).toEqual(
      wanted.map(() => Array.from({ length: 60 }, () => fleetNodes * callsPerSeries)),
    );
    const every = await reader.series({ ...range, wanted: [{ kind: "rpc", name: "*" }, ...wanted.slice(0, 1)] });
    expect(every.series.map((buckets) => buckets.map((one) => one?.count))).toEqual(
      [seriesPerKind, 1].map((series) => Array.from({ length: 60 }, () => fleetNodes * series * callsPerSeries)),
    );
    nowMs += 1_000;
  }
}, 120_000);
