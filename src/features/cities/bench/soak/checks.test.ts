import { describe, expect, it } from "vitest";
import { decide, type Outcome } from "./checks";

const good: Outcome = {
  isAlive: true,
  isComplete: true,
  samples: Array.from({ length: 40 }, (_, index) => ({
    atSeconds: index,
    residentMb: 200 + (index % 3),
    besideHeapMb: 90 + (index % 2),
  })),
  liveMb: [90, 100, 100.5, 101],
  tally: { statuses: [[200, 5]], unexpected: 0, examples: [], answers: 5 },
  idle: { connections: 0, eventLoopUtilisation: 0.01 },
};

const missed = (outcome: Partial<Outcome>): string[] =>
  decide({ ...good, ...outcome })
    .filter(({ held }) => !held)
    .map(({ name }) => name);

describe("decide", () => {
  it("finds no miss in a good run", () => {
    expect(missed({})).toEqual([]);
  });

  it("reports each failure and nothing else", () => {
    const rising = good.samples.map((sample) => ({ ...sample, besideHeapMb: 90 + sample.atSeconds * 2 }));
    const swelling = good.samples.map((sample) => ({ ...sample, residentMb: sample.atSeconds < 30 ? 200 : 240 }));
    const failing: Outcome["tally"] = {
      ...good.tally,
      statuses: [
        [200, 5],
        [503, 1],
      ],
    };
    const cases: [Partial<Outcome>, string[]][] = [
      [{ isAlive: false, isComplete: false }, ["process lives", "resident memory", "stays flat", "steady rise"]],
      [{ tally: failing }, ["5xx"]],
      [{ tally: { ...good.tally, unexpected: 1 } }, ["as expected"]],
      [{ tally: { ...good.tally, statuses: [], answers: 0 } }, ["5xx"]],
      [{ samples: rising }, ["without V8's heap it stays flat", "steady rise"]],
      [{ samples: swelling }, ["resident memory"]],
      [{ liveMb: [90, 100, 101, 104.5] }, ["full collection"]],
      [{ liveMb: [90, 100] }, ["full collection"]],
      [{ idle: { connections: 0, eventLoopUtilisation: 0.2 } }, ["idle"]],
      [{ idle: { connections: 1, eventLoopUtilisation: 0 } }, ["connection"]],
      [{ idle: null }, ["idle", "connection"]],
    ];
    for (const [outcome, words] of cases) {
      const names = missed(outcome);
      expect(names).toHaveLength(words.length);
      for (const [index, word] of words.entries()) expect(names[index]).toContain(word);
    }
  });
});
