import fc from "fast-check";
import { expect, test } from "vitest";
import { type Body, isLarge, openBody, openBodyNow, packBody } from "./body";

const pack = (json: string, plainLetters: number) =>
  new Promise<Body>((resolve) => {
    packBody(json, plainLetters, resolve);
  });

test("what was packed is opened, small and large, with any letters", async () => {
  await fc.assert(
    fc.asyncProperty(fc.json({ maxDepth: 3 }), fc.nat(40), fc.nat(200), async (json, plainLetters, times) => {
      const text = `[${Array.from({ length: times }, () => json).join(",")}]`;
      const body = await pack(text, plainLetters);
      expect(await openBody(body)).toBe(text);
      expect(isLarge(body) || openBodyNow(body) === text).toBe(true);
    }),
  );
});

test("only what is long and gets smaller is compressed", async () => {
  const long = JSON.stringify("ab".repeat(1000));
  expect(await pack(long, 5000)).toEqual({ encoding: "plain", body: long });
  const small = await pack(long, 100);
  expect([small.encoding, small.body.length < long.length / 4]).toEqual(["deflate", true]);
  expect((await pack('"q"', 1)).encoding).toBe("plain");
});

test("what cannot be opened is undefined and never throws", async () => {
  const broken: Body = { encoding: "deflate", body: "AAAA" };
  expect([openBodyNow(broken), await openBody(broken)]).toEqual([undefined, undefined]);
  const large: Body = { encoding: "deflate", body: "A".repeat(100_000) };
  expect([isLarge(large), await openBody(large)]).toEqual([true, undefined]);
});
