import { describe, expect, it } from "vitest";
import type { OutcomeName } from "@/admin/insights/contract/overview";
import type { TimedResponse } from "@/ui/rpc/responses";
import { describeInput, findSaving } from "./responses-prepare";

let lastId = 0;
const response = (q: string, outcome: OutcomeName, totalMs: number, sqlMs: number | null = null): TimedResponse => {
  lastId += 1;
  return {
    id: lastId,
    procedure: "city.search",
    input: { q },
    ok: true,
    roundTripMs: totalMs + 1,
    totalMs,
    sqlMs,
    loadMs: sqlMs,
    poolMs: null,
    reads: [{ group: "city.search", outcome, durationMs: totalMs }],
  };
};

describe("findSaving", () => {
  it("compares a hit with the load of the same call", () => {
    const saving = findSaving([
      response("kyoto", "hitL1", 0.2),
      response("osaka", "miss", 9),
      response("kyoto", "miss", 8, 6),
    ]);
    expect(saving).toMatchObject({ outcome: "hitL1", totalMs: 0.2, loadedTotalMs: 8, loadedSqlMs: 6, factor: 40 });
  });

  it("does not compare different calls, nor a hit with a later load", () => {
    expect(findSaving([response("kyoto", "hitL1", 0.2), response("osaka", "miss", 9)])).toBeNull();
    expect(findSaving([response("kyoto", "miss", 8), response("kyoto", "hitL1", 0.2)])).toBeNull();
  });

  it("reports nothing if the load was not slower, was shared, or the response was an error", () => {
    expect(findSaving([response("kyoto", "hitL1", 9), response("kyoto", "miss", 8)])).toBeNull();
    expect(findSaving([response("kyoto", "coalesced", 1), response("kyoto", "miss", 8)])).toBeNull();
    expect(findSaving([{ ...response("kyoto", "hitL1", 1), ok: false }, response("kyoto", "miss", 8)])).toBeNull();
  });

  it("stays finite if the clock is too coarse to measure the hit", () => {
    expect(findSaving([response("kyoto", "hitL1", 0), response("kyoto", "miss", 8)])?.factor).toBe(8_000);
  });
});

describe("describeInput", () => {
  it.each([
    [{ q: "kyoto", limit: 8 }, "“kyoto”"],
    [{ q: "kyoto", country: "JP" }, "“kyoto” in JP"],
    [{ q: "x".repeat(50) }, `“${"x".repeat(40)}…”`],
    [{ id: 1850147 }, "1850147"],
    [{ ids: [1, 2, 3] }, "3 ids"],
    [{ lat: 35.68951, lon: 139.69171, limit: 13 }, "35.69, 139.69"],
    [{ code: "JP" }, "JP"],
    [undefined, ""],
  ])("%o reads %s", (input, text) => {
    expect(describeInput(input)).toBe(text);
  });
});
