import { describe, expect, it } from "vitest";
import { outcomeNames } from "@weir/core/outcomes";
import { createResponseLog, decidingOutcome, latestResponseTo, readTimings, type TimedResponse } from "./responses";

const response = (procedure: string, input: unknown): Omit<TimedResponse, "id"> => ({
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

describe("the response log", () => {
  it("keeps the newest responses first, up to its capacity", () => {
    const log = createResponseLog(2);
    for (const id of [1, 2, 3]) log.add(response("note.byId", { id }));
    expect(log.snapshot().map(({ id, input }) => [id, input])).toEqual([
      [3, { id: 3 }],
      [2, { id: 2 }],
    ]);
  });

  it("notifies listeners until they unsubscribe, and returns one array between two responses", () => {
    const log = createResponseLog(5);
    let notified = 0;
    const unsubscribe = log.subscribe(() => {
      notified += 1;
    });
    log.add(response("note.byId", { id: 1 }));
    expect(log.snapshot()).toBe(log.snapshot());
    unsubscribe();
    log.add(response("note.byId", { id: 1 }));
    expect(notified).toBe(1);
  });
});

describe("latestResponseTo", () => {
  it("finds the latest response to the same procedure with the same input", () => {
    const log = createResponseLog(5);
    log.add(response("note.search", { q: "one" }));
    log.add(response("note.search", { q: "one" }));
    log.add(response("note.search", { q: "two" }));
    expect(latestResponseTo(log.snapshot(), "note.search", { q: "one" })?.id).toBe(2);
    expect(latestResponseTo(log.snapshot(), "note.byId", { q: "one" })).toBeNull();
    expect(latestResponseTo(log.snapshot(), "note.search", { q: "three" })).toBeNull();
  });
});

describe("readTimings", () => {
  it("reads the tier and duration of a hit", () => {
    expect(readTimings('total;dur=0.31, cache;desc="note.search l1";dur=0.02')).toEqual({
      totalMs: 0.31,
      loadMs: null,
      sqlMs: null,
      poolMs: null,
      reads: [{ group: "note.search", outcome: "hitL1", durationMs: 0.02 }],
    });
  });

  it("reads the parts of a miss", () => {
    const header = 'total;dur=8.1, cache;desc="note.search miss";dur=7.2, load;dur=6.9, pool;dur=0.1, sql;dur=6.2';
    expect(readTimings(header)).toMatchObject({ loadMs: 6.9, poolMs: 0.1, sqlMs: 6.2, reads: [{ outcome: "miss" }] });
  });

  it("drops reads with unknown outcomes and is null where the header is silent", () => {
    expect(readTimings('cache;desc="note.search teleported";dur=1, cache;desc="l1"').reads).toEqual([]);
    expect(readTimings(null)).toEqual({ totalMs: null, loadMs: null, sqlMs: null, poolMs: null, reads: [] });
  });

  it("knows every outcome", () => {
    const words = ["l1", "l2", "coalesced", "stale", "negative", "miss", "error", "bypass"];
    const header = words.map((word) => `cache;desc="a.b ${word}"`).join(", ");
    expect(readTimings(header).reads.map((read) => read.outcome)).toEqual([...outcomeNames]);
  });
});

describe("decidingOutcome", () => {
  const read = (outcome: (typeof outcomeNames)[number]) => ({ group: "note.byId", outcome, durationMs: null });

  it("is the most expensive of several reads, with its count", () => {
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
