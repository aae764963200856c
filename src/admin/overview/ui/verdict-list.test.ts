import { expect, it } from "vitest";
import { readSentence } from "./verdict-list";

it("writes the figures of a sentence as the page does, and leaves words and names as they are", () => {
  const parts = [
    { count: 12_345 },
    " of ",
    { ratio: 0.9781 },
    ": p95 ",
    { durationMs: 41.23 },
    " (",
    { name: "city.search" },
    ").",
  ];
  expect(readSentence(parts)).toBe("12,345 of 97.8 %: p95 41.2 ms (city.search).");
});
