import fc from "fast-check";
import { expect, test } from "vitest";
import { branchesOf, groupOf, pathOf, readKey } from "./prefix-tree";

const keysOf = (...keys: string[]) => keys.map((key) => ({ group: "note.list", key, isHidden: false, sizeBytes: 100 }));

test("a prefix branches where at least two keys share a part, largest first", () => {
  const keys = keysOf("de:1", "fr:1", "fr:2", "fr:3", "de:2", "it:1", "plain");
  expect(branchesOf("note.list:", keys)).toEqual([
    { prefix: "note.list:fr:", label: "fr:", keys: 3, bytes: 300 },
    { prefix: "note.list:de:", label: "de:", keys: 2, bytes: 200 },
  ]);
  expect(branchesOf("note.list:fr:", keys)).toEqual([]);
  expect(branchesOf("note.list:", [])).toEqual([]);
});

test("a single branch that holds every key is skipped", () => {
  expect(branchesOf("note.list:", keysOf("v:de:1", "v:de:2", "v:fr:1", "v:fr:2")).map(({ label }) => label)).toEqual([
    "v:de:",
    "v:fr:",
  ]);
});

test("keys of other groups and hidden keys do not branch", () => {
  const hidden = keysOf("a:1", "a:2").map((key) => ({ ...key, isHidden: true }));
  const other = keysOf("a:1", "a:2").map((key) => ({ ...key, group: "note.byId" }));
  expect(branchesOf("note.list:", [...hidden, ...other])).toEqual([]);
});

test("the path of a prefix leads from its group to itself", () => {
  expect(pathOf("note.list:fr:12")).toEqual([
    { prefix: "note.list:", label: "note.list" },
    { prefix: "note.list:fr:", label: "fr:" },
    { prefix: "note.list:fr:12", label: "12" },
  ]);
  expect(pathOf("note.list:")).toEqual([{ prefix: "note.list:", label: "note.list" }]);
  expect([pathOf("note"), groupOf("note"), readKey("note"), readKey(":a")]).toEqual([[], null, null, null]);
  fc.assert(
    fc.property(fc.stringMatching(/^[\w:/|,. ]{0,30}$/), (rest) => {
      const path = pathOf(`note.list:${rest}`);
      expect(path.at(-1)?.prefix).toBe(`note.list:${rest}`);
      expect(
        path
          .slice(1)
          .map(({ label }) => label)
          .join(""),
      ).toBe(rest);
    }),
  );
});

test("a key of the URL is split at its first colon", () => {
  expect(readKey("note.list:fr:12")).toEqual({ group: "note.list", key: "fr:12" });
  expect(readKey("note.list:")).toEqual({ group: "note.list", key: "" });
});
