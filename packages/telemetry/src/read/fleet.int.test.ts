import type { Redis } from "ioredis";
import { beforeEach, expect, test } from "vitest";
import type { SlotArchive } from "../store/archive";
import { Book } from "../store/snapshot";
import { encodeBook, encodeNote, encodeParts } from "../store/snapshot-codec";
import { createTelemetryReader } from "./reader";
import { startRollup } from "../store/rollup";
import { openTestStores } from "../store/test-stores";
import { coarseTier, noteField, slotField, slotKey } from "../store/tiers";

const start = Date.UTC(2026, 0, 5, 12, 0);
const minuteMs = 60_000;
const nodes = 20;
const perKind = 100;

let redis: Redis;
let keyPrefix: string;
let archive: SlotArchive;

beforeEach(async () => {
  const stores = await openTestStores();
  ({ redis, keyPrefix, archive } = stores);
  return stores.close;
});

/** A minute of one node with three hundred busy series. */
function busyBook(seed: number): Book {
  const book = new Book(1_000);
  for (let index = 0; index < perKind; index += 1) {
    for (let call = 0; call < 40; call += 1) {
      const durationMs = 0.2 * 2 ** (((index * 7 + call * 13 + seed) % 64) / 8);
      const procedure = book.tables.rpc.at("app", `feature${index}.procedure`);
      const counts = { cacheReads: 2, statements: 1, poolWaitMs: 0.1, sqlMs: 1 };
      procedure.record({ procedure: "p", type: "query", durationMs, ok: true, errorCode: null, bytes: 900, counts });
      const statement = { statement: "s", text: "select 1", waitMs: 0.1, durationMs, rows: 3, ok: true };
      book.tables.sql.at("app", `feature${index}.statement`).record(statement, `feature${index}.procedure`);
      const read = { type: "read", group: "g", outcome: "hit", tier: "l1", durationMs, loadMs: null } as const;
      book.tables.cache.at("app", `feature${index}.read`).record(read);
      book.recorded += 3;
    }
  }
  return book;
}

async function fill(minutes: number): Promise<void> {
  const writtenAtMs = start;
  for (let node = 0; node < nodes; node += 1) {
    const book = busyBook(node);
    const blob = encodeBook(book, { writtenAtMs, dropped: 0 });
    const note = encodeNote(encodeParts(book, { writtenAtMs, dropped: 0 }), null);
    const pipeline = redis.pipeline();
    for (let minute = 0; minute < minutes; minute += 1) {
      const field = slotField(`n${node}`, "1");
      pipeline.hset(slotKey(keyPrefix, coarseTier, start + minute * minuteMs), field, blob, noteField(field), note);
    }
    await pipeline.exec();
  }
}

type Measured<Result> = { result: Result; ms: number; cpuMs: number; holdMs: number };

async function measured<Result>(work: () => Promise<Result>): Promise<Measured<Result>> {
  let holdMs = 0;
  let last = performance.now();
  const turns = setInterval(() => {
    const now = performance.now();
    holdMs = Math.max(holdMs, now - last);
    last = now;
  }, 1);
  const before = process.cpuUsage();
  const began = performance.now();
  const result = await work();
  const ms = performance.now() - began;
  const { user, system } = process.cpuUsage(before);
  clearInterval(turns);
  return { result, ms, cpuMs: (user + system) / 1_000, holdMs };
}

test("an hour over twenty nodes and three hundred series is read at once, without holding up the event loop", async () => {
  await fill(61);
  const rollup = startRollup({
    nodeId: "a",
    redis,
    keyPrefix,
    archive,
    now: () => start + 61 * minuteMs + 5_000,
    isTimed: false,
  });
  for (let isDone = false; !isDone;) ({ isDone } = await rollup.round());
  expect((await archive.marks("1m", 0, start + 2 * 3_600_000)).length).toBe(60);

  const nowMs = start + 60 * minuteMs + 30_000;
  const range = { fromMs: start + minuteMs, toMs: null, stepMs: minuteMs, origins: ["app"], nodeIds: null } as const;
  const wanted = [0, 1, 2, 3, 4].map((index) => ({ kind: "rpc", name: `feature${index}.procedure` }) as const);
  const lines: string[] = [];
  for (let round = 0; round < 5; round += 1) {
    let askedAtMs = nowMs;
    const reader = createTelemetryReader({
      redis,
      keyPrefix,
      store: archive,
      now: () => askedAtMs,
      deadlineMs: 30_000,
    });
    const cold = await measured(() => reader.totals(range));
    expect(cold.result.series.rpc.get("feature0.procedure")?.count).toBe(60 * nodes * 40);
    expect(cold.result.slots.every((slot) => slot?.calls === nodes * perKind * 40)).toBe(true);
    expect(cold.result.coverage.missing).toEqual([]);
    askedAtMs += 1_000;
    const warm = await measured(() => reader.totals(range));
    const five = await measured(() => reader.series({ ...range, wanted }));
    expect(five.result.series.map((buckets) => buckets.map((one) => one?.count))).toEqual(
      wanted.map(() => Array.from({ length: 60 }, () => nodes * 40)),
    );
    const tell = ({ ms, cpuMs, holdMs }: Measured<unknown>): string =>
      `${ms.toFixed(0)} ms, CPU ${cpuMs.toFixed(0)} ms, longest hold ${holdMs.toFixed(1)} ms`;
    lines.push(`totals, nothing remembered: ${tell(cold)}; a second later: ${tell(warm)}; five series: ${tell(five)}`);
    // The machine may be busy with other things: wide margins.
    expect(warm.ms).toBeLessThan(2_000);
    expect(five.ms).toBeLessThan(2_000);
    expect(Math.max(cold.holdMs, warm.holdMs, five.holdMs)).toBeLessThan(500);
  }
  console.log(`An hour over ${nodes} nodes × ${3 * perKind} series:\n${lines.join("\n")}`);
}, 120_000);
