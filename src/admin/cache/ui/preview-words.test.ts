import { describe, expect, it } from "vitest";
import type { CachePreview } from "../contract";
import { inWords, shareOf } from "./preview-words";

const exact: CachePreview = {
  entries: 417,
  isExact: true,
  byGroup: [
    { group: "city.byId", entries: 400 },
    { group: "city.search", entries: 15 },
    { group: "country.stats", entries: 2 },
  ],
  coverage: { scanned: 900, total: 900 },
};

describe("a preview in words", () => {
  it("says how many entries of how many groups, and that all were counted", () => {
    expect(inWords(exact)).toEqual({
      sentence: "417 entries in 3 groups would be hit.",
      basis: "Exact: all stored entries were looked at.",
    });
    const one = { ...exact, entries: 1, byGroup: [{ group: "city.byId", entries: 1 }] };
    expect(inWords(one).sentence).toBe("1 entry in city.byId would be hit.");
    expect(inWords({ ...exact, entries: 0, byGroup: [] }).sentence).toBe("No stored entry would be hit.");
  });

  it("says of a sample that it is one, what was seen, and what that comes to", () => {
    const sampled = { ...exact, isExact: false, coverage: { scanned: 41_000, total: 310_000 } };
    expect(inWords(sampled)).toEqual({
      sentence: "About 417 entries in 3 groups would be hit.",
      basis: "Sampled, and spread over the rest: 41,000 of about 310,000 stored keys were looked at.",
    });
  });

  it("gives a group its share, and none of nothing", () => {
    expect(shareOf(exact, 400)).toBeCloseTo(0.959, 3);
    expect(shareOf({ ...exact, entries: 0 }, 0)).toBe(0);
  });
});
