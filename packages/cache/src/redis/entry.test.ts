import fc from "fast-check";
import { expect, test } from "vitest";
import {
  type Body,
  decodeEntry,
  encodeEntry,
  isLarge,
  openBody,
  openBodyNow,
  packBody,
  parseJson,
  stampIn,
  stampLength,
  type StoredEntry,
} from "./entry";

const entry: fc.Arbitrary<StoredEntry> = fc.record({
  stamp: fc.string({ minLength: stampLength, maxLength: stampLength, unit: fc.constantFrom("a", "Z", "0", "-", "_") }),
  incarnation: fc.uuid(),
  epoch: fc.maxSafeNat(),
  freshUntilMs: fc.double({ noNaN: true, noDefaultInfinity: true }).map(Math.abs),
  usableUntilMs: fc.double({ noNaN: true, noDefaultInfinity: true }).map(Math.abs),
  loadMs: fc.nat(),
  encoding: fc.constantFrom("plain" as const, "deflate" as const),
  marks: fc.array(fc.string({ unit: "grapheme" })),
  body: fc.json(),
});

test("an entry decodes to what was encoded", () => {
  fc.assert(
    fc.property(entry, (written) => {
      expect(decodeEntry(encodeEntry(written))).toEqual(written);
      expect(stampIn(encodeEntry(written))).toBe(written.stamp);
    }),
  );
  expect([stampIn(null), stampIn("no entry")]).toEqual(["", "*"]);
});

test("any other text decodes to null and never throws", () => {
  for (const junk of [
    "",
    "\n",
    "[]\n1",
    "[1]\n1",
    "{}\n1",
    '[3,"s","i",1,1,1,1,"plain",[]]\n1',
    '[1,"i",1,1,1,[]]\n1',
    '[2,1,"i",1,1,1,1,"plain",[]]\n1',
    '[2,"s","i","1",1,1,1,"plain",[]]\n1',
    '[2,"s","i",1,1,1,"1","plain",[]]\n1',
    '[2,"s","i",1,1,1,1,"gzip",[]]\n1',
    '[2,"s","i",1,1,1,1,"plain",[1]]\n1',
  ]) {
    expect(decodeEntry(junk)).toBeNull();
  }
  fc.assert(
    fc.property(fc.string(), (any) => {
      expect(decodeEntry(`?${any}`)).toBeNull();
    }),
  );
});

test("a truncated entry is a miss or has a body that is not JSON", () => {
  const whole = encodeEntry({
    stamp: "s",
    incarnation: "i",
    epoch: 1,
    freshUntilMs: 1,
    usableUntilMs: 2,
    loadMs: 1,
    encoding: "plain",
    marks: ["t:a"],
    body: '{"a":[1]}',
  });
  const read = Array.from({ length: whole.length }, (_, length) => decodeEntry(whole.slice(0, length)));
  expect(read.flatMap((one) => (one === null ? [] : [parseJson(one.body)]))).toEqual(
    Array.from({ length: '{"a":[1]}'.length }, () => undefined),
  );
});

const pack = (json: string, plainLetters: number) =>
  new Promise<Body>((resolve) => {
    packBody(json, plainLetters, resolve);
  });

test("a packed body opens to the same JSON, small or large, with any characters", async () => {
  await fc.assert(
    fc.asyncProperty(fc.json({ maxDepth: 3 }), fc.nat(40), fc.nat(200), async (json, plainLetters, times) => {
      const text = `[${Array.from({ length: times }, () => json).join(",")}]`;
      const body = await pack(text, plainLetters);
      expect(await openBody(body)).toBe(text);
      expect(isLarge(body) || openBodyNow(body) === text).toBe(true);
    }),
  );
});

test("only bodies that are long and shrink are compressed", async () => {
  const long = JSON.stringify("ab".repeat(1000));
  expect(await pack(long, 5000)).toEqual({ encoding: "plain", body: long });
  const small = await pack(long, 100);
  expect([small.encoding, small.body.length < long.length / 4]).toEqual(["deflate", true]);
  expect((await pack('"q"', 1)).encoding).toBe("plain");
});

test("a corrupt body opens to undefined and never throws", async () => {
  const broken: Body = { encoding: "deflate", body: "AAAA" };
  expect([openBodyNow(broken), await openBody(broken)]).toEqual([undefined, undefined]);
  const large: Body = { encoding: "deflate", body: "A".repeat(100_000) };
  expect([isLarge(large), await openBody(large)]).toEqual([true, undefined]);
});
