import { expect, test } from "vitest";
import { expectKeyCoversInput } from "@weir/cache/testing";
import { type ListKey, listKey, nearbyKey, normalizeQuery, type SearchKey, searchKey } from "./keys";

test("every key of the cities tells apart any two inputs that differ in a field", () => {
  expectKeyCoversInput<SearchKey>(
    searchKey,
    { q: "a", country: "FR", limit: 10 },
    { q: "b", country: "DE", limit: 20 },
  );
  expectKeyCoversInput(nearbyKey, { lat: 1, lon: 2, limit: 3, radiusKm: 4 }, { lat: 5, lon: 6, limit: 7, radiusKm: 8 });
  expectKeyCoversInput<ListKey>(
    listKey,
    { country: "FR", order: "name", limit: 10, after: null },
    { country: "DE", order: "population", limit: 20, after: { value: 5, id: 1 } },
  );
});

test.each([
  ["Saint-Denis", "saint denis"],
  ["  saint   DENIS ", "saint denis"],
  ["St. Louis", "st louis"],
  ["São", "são"],
  ["Sa\u0303o", "são"],
  ["İzmir", "İzmir"],
  ["-", ""],
  ["’.", ""],
])("%j is cached and queried as %j", (q, normalized) => {
  expect(normalizeQuery(q)).toBe(normalized);
});
