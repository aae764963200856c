import { expect, test } from "vitest";
import { describeMark, describeNextRead, describeReason } from "./key-words";

test("a mark is named by what was invalidated", () => {
  expect(["note:42", "group:note.byId", "key:note.byId:42", "key", "*", null].map(describeMark)).toEqual([
    "tag note:42",
    "group note.byId",
    "key note.byId:42",
    "this key",
    "everything",
    "an unknown mark",
  ]);
});

test("a reason names the invalidation and its epoch", () => {
  expect(describeReason({ cause: "purged", mark: "note:42", epoch: 1204 })).toBe(
    "A purge of tag note:42 at epoch 1,204 came after it was loaded.",
  );
  expect(describeReason({ cause: "age", mark: null, epoch: null })).toBe("It is older than its group allows.");
});

const standing = { reasons: [] };
const stored = (state: "fresh" | "stale" | "void") => ({
  ...standing,
  state,
  epoch: 1,
  freshUntil: "",
  usableUntil: "",
  ttlMs: 1,
  sizeBytes: 1,
  loadMs: 1,
  encoding: "json",
  marks: [],
});
const memory = (state: "fresh" | "stale" | "void") => ({
  ...standing,
  state,
  checkedEpoch: 1,
  freshForMs: 1,
  usableForMs: 1,
  sizeBytes: 1,
});

test("the next read comes from memory, else from Redis, else from the database", () => {
  expect(describeNextRead({ stored: stored("fresh"), memory: memory("fresh") })).toContain("from its memory");
  expect(describeNextRead({ stored: stored("fresh"), memory: memory("void") })).toBe("A read is served from Redis.");
  expect(describeNextRead({ stored: stored("stale"), memory: null })).toContain("older value from Redis");
  expect(describeNextRead({ stored: stored("void"), memory: null })).toContain("is not served");
  expect(describeNextRead({ stored: null, memory: null })).toContain("No entry exists");
});
