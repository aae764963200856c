import { describe, expect, test } from "vitest";
import { Backlog } from "./slot-writer";
import type { SlotWrite } from "./accumulator";
import { coarseTier, fineTier, slotExpiry, type Tier } from "../store/tiers";

const start = Date.UTC(2026, 0, 1, 12, 0);

function slot(
  tier: Tier,
  index: number,
  options: { bytes?: number; final?: boolean; messages?: number } = {},
): SlotWrite {
  const { bytes = 100, final = true, messages = 10 } = options;
  return {
    tier,
    startMs: start + index * tier.widthMs,
    era: 0,
    blob: Buffer.alloc(bytes),
    summary: Buffer.alloc(0),
    messages,
    final,
  };
}

function backlogOf(maxBytes: number): { backlog: Backlog; givenUp: [string, number][] } {
  const givenUp: [string, number][] = [];
  const backlog = new Backlog({ maxBytes, giveUp: (tier, messages) => givenUp.push([tier.name, messages]) });
  return { backlog, givenUp };
}

describe("the backlog", () => {
  test("keeps the newest state of each slot", () => {
    const { backlog } = backlogOf(1_000);
    const newest = slot(fineTier, 0);
    backlog.put([slot(fineTier, 0, { final: false }), newest], start);
    expect(backlog.batch(1_000)).toEqual([newest]);
    expect(backlog.bytes).toBe(100);
  });

  test("drops the oldest fine slots before any coarse one and reports the lost messages", () => {
    const { backlog, givenUp } = backlogOf(350);
    backlog.put(
      [
        slot(coarseTier, 0, { messages: 60 }),
        slot(fineTier, 0, { messages: 1 }),
        slot(fineTier, 1, { messages: 2 }),
        slot(fineTier, 2),
      ],
      start,
    );
    expect(givenUp).toEqual([["5s", 1]]);
    backlog.put([slot(coarseTier, 1), slot(coarseTier, 2), slot(coarseTier, 3)], start);
    expect(givenUp).toEqual([
      ["5s", 1],
      ["5s", 2],
      ["5s", 10],
      ["1m", 60],
    ]);
    expect(backlog.bytes).toBe(300);
  });

  test("never drops a running slot", () => {
    const { backlog, givenUp } = backlogOf(50);
    backlog.put([slot(fineTier, 0, { final: false }), slot(coarseTier, 0, { final: false })], start);
    expect([backlog.size, givenUp]).toEqual([2, []]);
  });

  test("forgets an expired slot without counting it as a loss", () => {
    const { backlog, givenUp } = backlogOf(1_000);
    backlog.put([slot(fineTier, 0)], start);
    backlog.put([], slotExpiry(fineTier, start) - 1);
    expect(backlog.size).toBe(1);
    backlog.put([], slotExpiry(fineTier, start));
    expect([backlog.size, backlog.bytes, givenUp]).toEqual([0, 0, []]);
  });

  test("returns a batch with the running slots, and always at least one slot", () => {
    const { backlog } = backlogOf(10_000);
    const running = slot(fineTier, 9, { final: false });
    backlog.put([slot(fineTier, 0), slot(fineTier, 1), slot(fineTier, 2), running], start);
    expect(backlog.batch(200)).toEqual([slot(fineTier, 0), slot(fineTier, 1), running]);
    expect(backlog.batch(1)).toEqual([slot(fineTier, 0), running]);
  });

  test("keeps a newer state that arrived while an older one was being stored", () => {
    const { backlog } = backlogOf(1_000);
    const older = slot(fineTier, 0, { final: false });
    backlog.put([older], start);
    const newer = slot(fineTier, 0);
    backlog.put([newer], start);
    backlog.stored(older);
    expect(backlog.batch(1_000)).toEqual([newer]);
    backlog.stored(newer);
    expect(backlog.size).toBe(0);
  });
});
