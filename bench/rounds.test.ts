import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { interleave, shuffled } from "./rounds";

describe("interleave", () => {
  it("measures everything once per round before the next round starts", async () => {
    const seen: string[] = [];
    const results = await interleave({
      items: ["a", "b", "c"],
      rounds: 4,
      random: Math.random,
      measure: (item, round) => Promise.resolve(seen.push(`${round}${item}`)),
    });
    for (let round = 0; round < 4; round += 1) {
      const inRound = seen.slice(round * 3, round * 3 + 3);
      expect(inRound.toSorted()).toEqual(["a", "b", "c"].map((item) => `${round}${item}`));
    }
    expect([...results.values()].map((list) => list.length)).toEqual([4, 4, 4]);
  });

  it("measures one thing at a time", async () => {
    let running = 0;
    let most = 0;
    await interleave({
      items: [1, 2, 3],
      rounds: 2,
      random: Math.random,
      measure: async () => {
        running += 1;
        most = Math.max(most, running);
        await Promise.resolve();
        running -= 1;
      },
    });
    expect(most).toBe(1);
  });
});

describe("shuffled", () => {
  it("keeps every item, and each can come first", () => {
    const first = new Set<number>();
    fc.assert(
      fc.property(fc.infiniteStream(fc.double({ min: 0, max: 1, noNaN: true })), (stream) => {
        const order = shuffled([1, 2, 3], () => stream.next().value);
        first.add(order[0] ?? 0);
        expect(new Set(order)).toEqual(new Set([1, 2, 3]));
      }),
    );
    expect(first).toEqual(new Set([1, 2, 3]));
  });
});
