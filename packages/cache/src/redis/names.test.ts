import fc from "fast-check";
import { expect, test } from "vitest";
import { describeMark, keyNames, markOfGroup, markOfKey, markOfTag, marksOfTarget } from "./names";

const keys = keyNames("app:");
const text = fc.oneof(fc.string({ unit: "binary", maxLength: 300 }), fc.constantFrom("\ud800", "\ud801", "sha256:x"));

test("different keys have different entries, also after encoding to UTF-8", () => {
  fc.assert(
    fc.property(text, text, (one, other) => {
      const spelled = [one, other].map((key) => Buffer.from(keys.entry("group", 1, key)).toString());
      expect(spelled[0] === spelled[1]).toBe(one === other);
    }),
  );
});

test("no key equals the hash of another key", () => {
  const long = "q".repeat(1000);
  const forged = keys.entry("group", 1, long).split(":v1:")[1] ?? "";
  expect(forged).toMatch(/^sha256:/u);
  expect(keys.entry("group", 1, forged)).not.toBe(keys.entry("group", 1, long));
});

test("names in Redis are short and well formed", () => {
  fc.assert(
    fc.property(text, (any) => {
      for (const name of [keys.entry("group", 1, any), markOfTag(any), markOfKey("group", any)]) {
        expect(name.length).toBeLessThan(300);
        expect(Buffer.from(name).toString()).toBe(name);
      }
    }),
  );
});

test("clock, marks, log and nodes share a hash tag", () => {
  const tags = [keys.clock, keys.server, keys.marks, keys.log, keys.nodes].map((key) => /\{(.+?)\}/u.exec(key)?.[1]);
  expect(new Set(tags)).toEqual(new Set(["app:cache"]));
});

test("a target yields each mark once and keeps tags, keys and groups apart", () => {
  const marks = marksOfTarget({ tags: ["a", "a", "g"], keys: [{ group: "g", key: "1" }], groups: ["g"] });
  expect(marks).toEqual([markOfTag("a"), markOfTag("g"), markOfKey("g", "1"), markOfGroup("g")]);
  expect(marks.map(describeMark)).toEqual(["a", "g", "key:g:1", "group:g"]);
});

test("an entry's name parses back, and patterns match it by any prefix", () => {
  fc.assert(
    fc.property(text, fc.nat(9), fc.nat(40), (key, version, length) => {
      const name = keys.entry("group.read", version, key);
      const parsed = keys.parseEntry(name);
      expect(parsed).toMatchObject({ group: "group.read", version });
      const id = `group.read:${parsed?.key}`;
      const prefix = Array.from(id).slice(0, length).join("");
      expect(globMatches(keys.entryPattern(prefix), name)).toBe(true);
    }),
  );
});

test("foreign names do not parse as entries", () => {
  for (const name of [keys.clock, "other:entry:g:v1:1", "app:entry:g:1", "app:hot:x", "entry:g:v1:1"]) {
    expect(keys.parseEntry(name)).toBeNull();
  }
});

test("special characters in a pattern are escaped", () => {
  expect(globMatches(keys.entryPattern("group:a*"), keys.entry("group", 1, "abc"))).toBe(false);
  expect(globMatches(keys.entryPattern("group:[a]"), keys.entry("group", 1, "a"))).toBe(false);
  expect(globMatches(keys.entryPattern("gr"), keys.entry("group", 1, "a"))).toBe(true);
});

/** Matches as Redis does, for patterns of stars and escapes. */
function globMatches(pattern: string, name: string): boolean {
  const source = pattern.replaceAll(/\\(.)|([*])|([^\\*])/gsu, (_whole, escaped, star, plain) =>
    star === undefined
      ? `\\u{${String(escaped ?? plain)
          .codePointAt(0)
          ?.toString(16)}}`
      : "[^]*",
  );
  return new RegExp(`^${source}$`, "u").test(name);
}
