import { describe, expect, it } from "vitest";
import { type Answer, createAnswerLog, decidingOutcome, latestAnswerTo, readTimings } from "./answers";
import { outcomeNames } from "@weir/core/outcomes";

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

describe("readTimings", () => {
  it("tells the tier of a hit and the time it took", () => {
    expect(readTimings('total;dur=0.31, cache;desc="city.search l1";dur=0.02')).toEqual({
      totalMs: 0.31,
      loadMs: null,
      sqlMs: null,
      poolMs: null,
      reads: [{ group: "city.search", outcome: "hitL1", durationMs: 0.02 }],
    });
  });

  it("tells the parts of a miss", () => {
    const header = 'total;dur=8.1, cache;desc="city.search miss";dur=7.2, load;dur=6.9, pool;dur=0.1, sql;dur=6.2';
    expect(readTimings(header)).toMatchObject({ loadMs: 6.9, poolMs: 0.1, sqlMs: 6.2, reads: [{ outcome: "miss" }] });
  });

  it("leaves out reads whose outcome it does not know and says nothing where the header does not", () => {
    expect(readTimings('cache;desc="city.search teleported";dur=1, cache;desc="l1"').reads).toEqual([]);
    expect(readTimings(null)).toEqual({ totalMs: null, loadMs: null, sqlMs: null, poolMs: null, reads: [] });
  });

  it("knows a word for every outcome", () => {
    const words = ["l1", "l2", "coalesced", "stale", "negative", "miss", "error", "bypass"];
    const header = words.map((word) => `cache;desc="a.b ${word}"`).join(", ");
    expect(readTimings(header).reads.map((read) => read.outcome)).toEqual([...outcomeNames]);
  });
});

describe("decidingOutcome", () => {
  const read = (outcome: (typeof outcomeNames)[number]) => ({ group: "city.byId", outcome, durationMs: null });

  it("is the dearest of several reads, with how many ended that way", () => {
    expect(decidingOutcome([read("hitL1"), read("miss"), read("hitL2"), read("miss")])).toEqual({
      outcome: "miss",
      count: 2,
    });
    expect(decidingOutcome([read("stale"), read("hitL1")])).toEqual({ outcome: "stale", count: 1 });
  });

  it("is null when nothing was read", () => {
    expect(decidingOutcome([])).toBeNull();
  });

  it("can decide for every outcome", () => {
    for (const outcome of outcomeNames) expect(decidingOutcome([read(outcome)])).toEqual({ outcome, count: 1 });
  });
});
