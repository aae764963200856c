import { mkdirSync, mkdtempSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { sourceHash } from "./source-hash.js";

let folder: string;
const put = (name: string, text: string): void => writeFileSync(join(folder, name), text);
const hash = (): string => sourceHash([folder]);

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "weir-hash-"));
  mkdirSync(join(folder, "room"));
  put("a.ts", "one");
  put("room/b.ts", "two");
});
afterEach(() => rmSync(folder, { recursive: true }));

test("the same files have the same hash", () => {
  expect(hash()).toBe(hash());
});

test("a changed, a new, a renamed and a removed file each change the hash", () => {
  const seen = [hash()];
  put("room/b.ts", "2");
  seen.push(hash());
  put("c.ts", "");
  seen.push(hash());
  renameSync(join(folder, "a.ts"), join(folder, "z.ts"));
  seen.push(hash());
  rmSync(join(folder, "c.ts"));
  seen.push(hash());
  expect(new Set(seen).size).toBe(5);
});

test("text that moves between files changes the hash", () => {
  put("a.ts", "on");
  const before = hash();
  put("a.ts", "o");
  put("room/b.ts", "ntwo");
  expect(hash()).not.toBe(before);
});

test("tests are not built and do not change the hash", () => {
  const before = hash();
  put("a.test.ts", "test");
  put("room/b.int.test.ts", "test");
  expect(hash()).toBe(before);
});

test("a path that does not exist counts as empty", () => {
  expect(sourceHash([folder, join(folder, "missing")])).toBe(hash());
});
