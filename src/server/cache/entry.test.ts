import fc from "fast-check";
import { expect, test } from "vitest";
import { decodeEntry, encodeEntry, parseJson, type StoredEntry } from "./entry";

const entry: fc.Arbitrary<StoredEntry> = fc.record({
  incarnation: fc.uuid(),
  epoch: fc.maxSafeNat(),
  freshUntilMs: fc.double({ noNaN: true, noDefaultInfinity: true }).map(Math.abs),
  usableUntilMs: fc.double({ noNaN: true, noDefaultInfinity: true }).map(Math.abs),
  marks: fc.array(fc.string({ unit: "grapheme" })),
  json: fc.json(),
});

test("what was written is read", () => {
  fc.assert(
    fc.property(entry, (written) => {
      expect(decodeEntry(encodeEntry(written))).toEqual(written);
    }),
  );
});

test("anything else is a miss and never throws", () => {
  for (const junk of [
    "",
    "\n",
    "[]\n1",
    "[1]\n1",
    "{}\n1",
    '[2,"i",1,1,1,[]]\n1',
    '[1,"i","1",1,1,[]]\n1',
    '[1,"i",1,1,1,[1]]\n1',
  ]) {
    expect(decodeEntry(junk)).toBeNull();
  }
  fc.assert(
    fc.property(fc.string(), (any) => {
      expect(decodeEntry(`?${any}`)).toBeNull();
    }),
  );
});

test("a cut-off entry is a miss or keeps a value that is not JSON", () => {
  const whole = encodeEntry({
    incarnation: "i",
    epoch: 1,
    freshUntilMs: 1,
    usableUntilMs: 2,
    marks: ["t:a"],
    json: '{"a":[1]}',
  });
  const read = Array.from({ length: whole.length }, (_, length) => decodeEntry(whole.slice(0, length)));
  expect(read.flatMap((one) => (one === null ? [] : [parseJson(one.json)]))).toEqual(
    Array.from({ length: '{"a":[1]}'.length }, () => undefined),
  );
});
