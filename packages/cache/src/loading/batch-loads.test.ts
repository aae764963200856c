import { expect, test } from "vitest";
import type { Definition } from "../contract/types";
import { batchLoads } from "./batch-loads";

type Asked = { one: number[]; many: (readonly number[])[] };

function gathered(asked: Asked, failing = false): Definition<number, string> {
  return batchLoads<number, string>({
    name: "test.read",
    version: 1,
    key: String,
    tags: () => [],
    freshFor: "1m",
    load: async (key) => {
      asked.one.push(key);
      if (failing) throw new Error("refused");
      return `value ${key}`;
    },
    loadMany: async (keys) => {
      asked.many.push(keys);
      if (failing) throw new Error("refused");
      return new Map(keys.filter((key) => key < 1_000).map((key) => [key, `value ${key}`]));
    },
  });
}

const context = { signal: new AbortController().signal };
const nothing = (): Asked => ({ one: [], many: [] });

test("loads that begin in one turn of the event loop run together; a key that is already in the batch loads separately", async () => {
  const asked = nothing();
  const { load } = gathered(asked);
  const values = await Promise.all([1, 2, 1, 5_000].map((key) => load(key, context)));
  expect(values).toEqual(["value 1", "value 2", "value 1", null]);
  expect(asked).toEqual({ one: [1], many: [[1, 2, 5_000]] });
});

test("a single key is loaded by load", async () => {
  const asked = nothing();
  const { load } = gathered(asked);
  expect(await load(7, context)).toBe("value 7");
  expect(await load(8, context)).toBe("value 8");
  expect(asked).toEqual({ one: [7, 8], many: [] });
});

test("a batch has at most a hundred keys", async () => {
  const asked = nothing();
  const { load } = gathered(asked);
  const keys = Array.from({ length: 250 }, (_, index) => index);
  expect(await Promise.all(keys.map((key) => load(key, context)))).toEqual(keys.map((key) => `value ${key}`));
  expect(asked.many.map((many) => many.length)).toEqual([100, 100, 50]);
});

test("a failure is shared by the keys of one batch, and by no later load", async () => {
  const asked = nothing();
  const { load } = gathered(asked, true);
  const settled = await Promise.allSettled([1, 2].map((key) => load(key, context)));
  expect(settled.map(({ status }) => status)).toEqual(["rejected", "rejected"]);
  await expect(load(3, context)).rejects.toThrow("refused");
  expect(asked).toEqual({ one: [3], many: [[1, 2]] });
});

test("a definition without loadMany is returned unchanged", () => {
  const definition: Definition<number, string> = {
    name: "test.read",
    version: 1,
    key: String,
    tags: () => [],
    freshFor: "1m",
    load: async () => null,
  };
  expect(batchLoads(definition)).toBe(definition);
});
