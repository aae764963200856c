import { describe, expect, it } from "vitest";
import type { Answer } from "./answer";
import { createAnswerLog, latestAnswerTo } from "./answer-log";

const answer = (procedure: string, input: unknown): Omit<Answer, "id"> => ({
  procedure,
  input,
  ok: true,
  roundTripMs: 1,
  totalMs: 1,
  reads: [],
  loadMs: null,
  sqlMs: null,
  poolMs: null,
});

describe("the answer log", () => {
  it("keeps the newest answers first and forgets beyond its capacity", () => {
    const log = createAnswerLog(2);
    for (const id of [1, 2, 3]) log.add(answer("city.byId", { id }));
    expect(log.snapshot().map(({ id, input }) => [id, input])).toEqual([
      [3, { id: 3 }],
      [2, { id: 2 }],
    ]);
  });

  it("tells its listeners until they leave, and hands out one array between two answers", () => {
    const log = createAnswerLog(5);
    let told = 0;
    const leave = log.subscribe(() => {
      told += 1;
    });
    log.add(answer("city.byId", { id: 1 }));
    expect(log.snapshot()).toBe(log.snapshot());
    leave();
    log.add(answer("city.byId", { id: 1 }));
    expect(told).toBe(1);
  });
});

describe("latestAnswerTo", () => {
  it("finds the newest answer to the same procedure with the same input", () => {
    const log = createAnswerLog(5);
    log.add(answer("city.search", { q: "kyoto" }));
    log.add(answer("city.search", { q: "kyoto" }));
    log.add(answer("city.search", { q: "osaka" }));
    expect(latestAnswerTo(log.snapshot(), "city.search", { q: "kyoto" })?.id).toBe(2);
    expect(latestAnswerTo(log.snapshot(), "city.byId", { q: "kyoto" })).toBeNull();
    expect(latestAnswerTo(log.snapshot(), "city.search", { q: "nara" })).toBeNull();
  });
});
