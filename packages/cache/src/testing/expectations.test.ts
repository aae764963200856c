import { expect, test } from "vitest";
import type { Mismatch } from "../contract/warnings";
import { expectCacheMatchesDatabase, expectKeyCoversInput } from "./expectations";

type Search = { q: string; folder?: string; limit: number };
const one = { q: "a", folder: "work", limit: 10 };
const other = { q: "b", folder: "home", limit: 20 };

test("a key that leaves out a field is found, with the field's name", () => {
  const leavesOut = ({ q, limit }: Search): string => `${limit}/${q}`;
  expect(() => expectKeyCoversInput(leavesOut, one, other)).toThrow("The key omits folder:");
});

test("a key that tells all fields apart passes, and so does one that leaves out a field on purpose", () => {
  const covers = ({ q, folder, limit }: Search): string => `${folder ?? "*"}/${limit}/${q}`;
  expect(() => expectKeyCoversInput(covers, one, other)).not.toThrow();
  const ignoresLimit = ({ q, folder }: Search): string => `${folder}/${q}`;
  expect(() => expectKeyCoversInput(ignoresLimit, one, other, { except: ["limit"] })).not.toThrow();
});

test("two inputs that agree in a field prove nothing about it and are refused", () => {
  expect(() => expectKeyCoversInput(() => "", one, { ...other, q: "a" })).toThrow(TypeError);
});

test("a mismatch is reported with the group, the key, both values and what the last mutation touched", async () => {
  const mismatch: Mismatch = {
    group: "note.list",
    key: "work/10",
    ageMs: 5,
    cached: "[1]",
    loaded: "[1,2]",
    lastMutation: { procedure: "note.add", tags: ["note:2"], mode: "purge", agoMs: 1 },
  };
  await expect(expectCacheMatchesDatabase({ verify: async () => [mismatch] })).rejects.toThrow(
    "note.list work/10: cached [1], the database says [1,2]. The last mutation touched: note:2.",
  );
  await expect(expectCacheMatchesDatabase({ verify: async () => [] })).resolves.toBeUndefined();
});
