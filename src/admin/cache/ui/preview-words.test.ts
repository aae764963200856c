import { describe, expect, it } from "vitest";
import type { CachePreview } from "../contract";
import { describePreview, shareOf } from "./preview-words";

const exact: CachePreview = {
  entries: 417,
  isExact: true,
  byGroup: [
    { group: "note.byId", entries: 400 },
    { group: "note.search", entries: 15 },
    { group: "note.stats", entries: 2 },
  ],
  coverage: { scanned: 900, total: 900 },
};

describe("a preview", () => {
  it("states the number of entries and groups, and that it is exact", () => {
    expect(describePreview(exact)).toEqual({
      sentence: "Affects 417 entries in 3 groups.",
      basis: "Exact: all stored entries were scanned.",
    });
    const one = { ...exact, entries: 1, byGroup: [{ group: "note.byId", entries: 1 }] };
    expect(describePreview(one).sentence).toBe("Affects 1 entry in note.byId.");
    expect(describePreview({ ...exact, entries: 0, byGroup: [] }).sentence).toBe("No stored entries match.");
  });

  it("states that it is an estimate, and what was scanned", () => {
    const sampled = { ...exact, isExact: false, coverage: { scanned: 41_000, total: 310_000 } };
    expect(describePreview(sampled)).toEqual({
      sentence: "Affects about 417 entries in 3 groups.",
      basis: "Estimated from a sample: 41,000 of about 310,000 stored keys scanned.",
    });
  });

  it("gives a group its share, and 0 of 0", () => {
    expect(shareOf(exact, 400)).toBeCloseTo(0.959, 3);
    expect(shareOf({ ...exact, entries: 0 }, 0)).toBe(0);
  });
});
