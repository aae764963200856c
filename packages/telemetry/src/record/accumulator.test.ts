import { describe, expect, test } from "vitest";
import { MetricSnapshot } from "../store/snapshot";
import { mergeEncodedSnapshot } from "../store/snapshot-codec";
import { CurrentSlot, SlotAccumulator, type SlotWrite } from "./accumulator";
import { origins } from "../series/series-table";
import { coarseTier, fineTier, type Tier } from "../store/tiers";

const minute = Date.UTC(2026, 0, 1, 12, 0);

function callAt(accumulator: SlotAccumulator, atMs: number, durationMs = 1): void {
  const snapshot = accumulator.at(atMs);
  snapshot.tables.rpc
    .at("app", "note.byId")
    .record({ procedure: "note.byId", type: "query", durationMs, ok: true, errorCode: null });
  snapshot.recorded += 1;
}

/** What a store that keeps the latest state of each slot would hold. */
function stored(writes: readonly SlotWrite[], tier: Tier): Record<string, { calls: number; dropped: number }> {
  const slots: Record<string, { calls: number; dropped: number }> = {};
  for (const write of writes.filter((one) => one.tier === tier)) {
    const snapshot = new MetricSnapshot(10);
    const header = mergeEncodedSnapshot(write.blob, snapshot, { origins: new Set(origins) });
    const at = `+${(write.startMs - minute) / 1_000}s${write.era === 0 ? "" : ` era ${write.era}`}`;
    slots[at] = { calls: snapshot.tables.rpc.of("app").get("note.byId")?.count ?? 0, dropped: header?.dropped ?? -1 };
  }
  return slots;
}

describe("the accumulator", () => {
  test("counts a message in the slot it ended in, in both tiers", () => {
    const accumulator = new SlotAccumulator({ maxSeries: 10, nowMs: minute + 51_000 });
    for (const second of [51, 54.999, 55, 59.999, 60, 64]) callAt(accumulator, minute + second * 1_000);
    const writes = accumulator.settle(minute + 64_500);
    expect(stored(writes, fineTier)).toEqual({
      "+50s": { calls: 2, dropped: 0 },
      "+55s": { calls: 2, dropped: 0 },
      "+60s": { calls: 2, dropped: 0 },
    });
    expect(stored(writes, coarseTier)).toEqual({ "+0s": { calls: 4, dropped: 0 }, "+60s": { calls: 2, dropped: 0 } });
  });

  test("rewrites running slots in full, so a lost or repeated write does no harm", () => {
    const accumulator = new SlotAccumulator({ maxSeries: 10, nowMs: minute });
    callAt(accumulator, minute + 100);
    const first = accumulator.settle(minute + 1_000);
    callAt(accumulator, minute + 1_100);
    const second = accumulator.settle(minute + 2_000);
    expect(stored(first, fineTier)).toEqual({ "+0s": { calls: 1, dropped: 0 } });
    expect(stored(second, fineTier)).toEqual({ "+0s": { calls: 2, dropped: 0 } });
    expect(stored(second, coarseTier)).toEqual({ "+0s": { calls: 2, dropped: 0 } });
  });

  test("writes a slot without traffic to show that the node was alive", () => {
    const accumulator = new SlotAccumulator({ maxSeries: 10, nowMs: minute });
    accumulator.settle(minute + 1_000);
    expect(stored(accumulator.settle(minute + 5_500), fineTier)).toEqual({
      "+0s": { calls: 0, dropped: 0 },
      "+5s": { calls: 0, dropped: 0 },
    });
  });

  test("keeps totals across slots", () => {
    const accumulator = new SlotAccumulator({ maxSeries: 10, nowMs: minute });
    for (let second = 0; second < 200; second += 1) {
      callAt(accumulator, minute + second * 1_000);
      if (second % 7 === 0) accumulator.settle(minute + second * 1_000);
    }
    expect(accumulator.totals().tables.rpc.of("app").get("note.byId")?.count).toBe(200);
  });

  test("stays in the running slot when the clock steps back slightly", () => {
    const accumulator = new SlotAccumulator({ maxSeries: 10, nowMs: minute + 30_000 });
    callAt(accumulator, minute + 30_000);
    callAt(accumulator, minute + 10_000);
    expect(stored(accumulator.settle(minute + 10_000), fineTier)).toEqual({ "+30s": { calls: 2, dropped: 0 } });
  });

  test("starts a new era when the clock steps back far, so no stored slot is overwritten", () => {
    const accumulator = new SlotAccumulator({ maxSeries: 10, nowMs: minute });
    callAt(accumulator, minute);
    accumulator.settle(minute + 1_000);
    callAt(accumulator, minute + 120_000);
    callAt(accumulator, minute + 1_000);
    const writes = accumulator.settle(minute + 1_000);
    expect(stored(writes, fineTier)).toEqual({
      "+0s": { calls: 1, dropped: 0 },
      "+120s": { calls: 1, dropped: 0 },
      "+0s era 1": { calls: 1, dropped: 0 },
    });
    expect(stored(writes, coarseTier)).toEqual({
      "+0s": { calls: 1, dropped: 0 },
      "+120s": { calls: 1, dropped: 0 },
      "+0s era 1": { calls: 1, dropped: 0 },
    });
  });

  test("reports dropped messages once, in the running slot of their tier", () => {
    const accumulator = new SlotAccumulator({ maxSeries: 10, nowMs: minute });
    accumulator.settle(minute);
    accumulator.giveUp(fineTier, 40);
    const writes = accumulator.settle(minute + 1_000);
    expect(stored(writes, fineTier)).toEqual({ "+0s": { calls: 0, dropped: 40 } });
    expect(stored(writes, coarseTier)).toEqual({ "+0s": { calls: 0, dropped: 0 } });
    expect(stored(accumulator.settle(minute + 5_000), fineTier)).toEqual({
      "+0s": { calls: 0, dropped: 40 },
      "+5s": { calls: 0, dropped: 0 },
    });
  });

  test("marks a slot as final exactly once, after its last message", () => {
    const accumulator = new SlotAccumulator({ maxSeries: 10, nowMs: minute });
    const finals = [1, 4, 5, 9, 61]
      .flatMap((second) => accumulator.settle(minute + second * 1_000))
      .filter((write) => write.final);
    expect(finals.map(({ tier, startMs }) => `${tier.name} +${(startMs - minute) / 1_000}s`)).toEqual([
      "5s +0s",
      "5s +5s",
      "1m +0s",
    ]);
  });
});

const minuteStart = Date.UTC(2026, 0, 1, 12, 0);

function open(nowMs: number) {
  const clock = { nowMs, looks: 0 };
  const accumulator = new SlotAccumulator({ maxSeries: 5, nowMs });
  const now = (): number => {
    clock.looks += 1;
    return clock.nowMs;
  };
  return { clock, accumulator, slot: new CurrentSlot(accumulator, now) };
}

test("messages with an end time are counted without reading the clock until the slot ends", () => {
  const { clock, slot } = open(minuteStart);
  const { looks } = clock;
  const snapshot = slot.refresh();
  for (let message = 0; message < 100; message += 1) expect(slot.at(performance.now())).toBe(snapshot);
  expect(clock.looks).toBe(looks + 1);
  clock.nowMs += 5_000;
  expect(slot.at(performance.now() + 5_000)).not.toBe(snapshot);
});

test("messages without an end time are counted by the clock", () => {
  const { clock, slot } = open(minuteStart + 4_999);
  const snapshot = slot.at();
  clock.nowMs += 1;
  expect(slot.at()).not.toBe(snapshot);
});

test("a slot that ends within the second is not used past its end", () => {
  const { clock, slot } = open(minuteStart + 4_900);
  const snapshot = slot.refresh();
  const beganAtMs = performance.now();
  clock.nowMs += 100;
  expect(slot.at(beganAtMs + 101)).not.toBe(snapshot);
});

test("nothing is counted into a closed slot after the accumulator is settled", () => {
  const { clock, accumulator, slot } = open(minuteStart);
  const snapshot = slot.at(performance.now());
  clock.nowMs += 5_000;
  accumulator.settle(clock.nowMs);
  slot.refresh();
  expect(slot.at(performance.now())).not.toBe(snapshot);
  expect(slot.at(performance.now())).toBe(accumulator.at(clock.nowMs));
});
