import { expect, it } from "vitest";
import { evidenceHref, readSentence } from "./verdict-list";

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

it("links to the page with the evidence, and to the row that decides", () => {
  expect(evidenceHref({ section: "outcomes", name: null })).toBe("/admin/cache");
  expect(evidenceHref({ section: "statements", name: "note.byId" })).toBe("/admin/queries?open=note.byId");
  expect(evidenceHref({ section: "procedures", name: null })).toBe("/admin/procedures");
  expect(evidenceHref({ section: "nodes", name: "node a&b" })).toBe("/admin/nodes?open=node%20a%26b");
});
