import { expect, it } from "vitest";
import { readSentence } from "./verdict-list";

it("formats the numbers of a sentence and keeps words and names", () => {
  const parts = [
    { count: 12_345 },
    " of ",
    { ratio: 0.9781 },
    ": p95 ",
    { durationMs: 41.23 },
    " (",
    { name: "note.search" },
    ").",
  ];
  expect(readSentence(parts)).toBe("12,345 of 97.8 %: p95 41.2 ms (note.search).");
});
