import { describe, expect, test } from "vitest";
import { memoize } from "./memoize";

function counted(compute: (key: string) => Promise<string>) {
  let nowMs = 1_000;
  const asked: string[] = [];
  const memoized = memoize(
    (key: string) => {
      asked.push(key);
      return compute(key);
    },
    { keyOf: (key) => key, keepMs: () => 1_000, now: () => nowMs },
  );
  return { memoized, asked, setNow: (toMs: number) => (nowMs = toMs) };
}

describe("a memo", () => {
  test("computes once for all who ask within its time, those who wait included", async () => {
    const { memoized, asked, setNow } = counted((key) => Promise.resolve(`${key}!`));
    expect(await Promise.all([memoized("a"), memoized("a"), memoized("b")])).toEqual(["a!", "a!", "b!"]);
    setNow(1_999);
    await memoized("a");
    expect(asked).toEqual(["a", "b"]);
    setNow(2_000);
    await memoized("a");
    expect(asked).toEqual(["a", "b", "a"]);
  });

  test("shares a failure with those who wait and forgets it", async () => {
    const { memoized, asked } = counted(() => Promise.reject(new Error("down")));
    const both = [memoized("a"), memoized("a")];
    await Promise.all(both.map((one) => expect(one).rejects.toThrow("down")));
    await expect(memoized("a")).rejects.toThrow("down");
    expect(asked).toEqual(["a", "a"]);
  });

  test("does not trust an age that is negative", async () => {
    const { memoized, asked, setNow } = counted((key) => Promise.resolve(key));
    await memoized("a");
    setNow(0);
    await memoized("a");
    expect(asked).toHaveLength(2);
  });
});

test("one that takes longer than it is remembered is still computed once at a time", async () => {
  let nowMs = 0;
  let computed = 0;
  let finish = (): void => undefined;
  const slow = memoize(
    () => {
      computed += 1;
      return new Promise<number>((resolve) => {
        finish = () => resolve(computed);
      });
    },
    { keyOf: () => "key", keepMs: () => 1_000, now: () => nowMs },
  );
  const first = slow("a");
  nowMs = 5_000;
  const second = slow("a");
  finish();
  expect(await Promise.all([first, second])).toEqual([1, 1]);
  const third = slow("a");
  finish();
  expect(await third).toBe(2);
});
