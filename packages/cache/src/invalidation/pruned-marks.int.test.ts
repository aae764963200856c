import fc from "fast-check";
import { Redis } from "ioredis";
import { afterAll, beforeAll, expect, inject, test } from "vitest";
import { evalScript } from "@weir/core/redis-script";
import { testPrefix } from "@weir/testkit/testing";
import { parseClock } from "../redis/clock";
import { keyNames } from "../redis/names";
import { attachScript, invalidateScript } from "../redis/scripts";

let redis: Redis;
beforeAll(() => {
  redis = new Redis(inject("redisUrl"));
});
afterAll(() => redis.disconnect());

const names = ["t:a", "t:b", "t:c", "t:d", "t:e", "t:f"];
const step = fc.record({
  mode: fc.constantFrom("purge" as const, "expire" as const),
  marks: fc.subarray(names, { minLength: 1, maxLength: 3 }),
});
const attach = (keys: ReturnType<typeof keyNames>, incarnation: string) => {
  const { clock, server, marks, log, nodes } = keys;
  return evalScript(redis, attachScript, [clock, server, marks, log, nodes], ["run", incarnation, "", 0, "", 1, 100]);
};

test("dropping the oldest marks voids no younger entry and forgets no invalidation", async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(step, { maxLength: 25 }), fc.integer({ min: 1, max: 8 }), async (history, most) => {
      const keys = keyNames(testPrefix());
      await attach(keys, "one");
      for (const { mode, marks } of history) {
        const args = [mode, "0", JSON.stringify(marks), "node", 100, most];
        await evalScript(redis, invalidateScript, [keys.clock, keys.marks, keys.log], args);
      }
      const clock = parseClock(await redis.get(keys.clock));
      const held = await redis.zrange(keys.marks, "0", "-1");
      // The first invalidation has the epoch after the attach script's.
      const last = new Map(
        history.flatMap(({ mode, marks }, at) => marks.map((mark) => [`${mode[0]}:${mark}`, at + 2])),
      );
      const dropped = [...last].filter(([mark]) => !held.includes(mark));
      expect(held.length).toBe(Math.min(last.size, most));
      for (const mark of held) expect(Number(await redis.zscore(keys.marks, mark))).toBe(last.get(mark));
      // A missing mark counts as the floor, and the floor is no higher than the missing mark.
      const floorOf = (letter: string): number =>
        Math.max(letter === "p" ? 1 : 0, ...dropped.map(([mark, epoch]) => (mark.startsWith(letter) ? epoch : 0)));
      const { purgeFloor = 0, expireFloor = 0 } = clock ?? {};
      expect(purgeFloor).toBeGreaterThanOrEqual(floorOf("p"));
      expect(expireFloor).toBeGreaterThanOrEqual(floorOf("e"));
      const oldestHeld = Math.min(...held.map((mark) => last.get(mark) ?? 0));
      expect(Math.max(purgeFloor, expireFloor)).toBeLessThanOrEqual(oldestHeld);
    }),
    { numRuns: 60 },
  );
});

test("marks in the format of an earlier version start a new incarnation", async () => {
  const keys = keyNames(testPrefix());
  await attach(keys, "one");
  await redis.hset(keys.marks, "p:t:a", "1");
  await attach(keys, "two");
  expect(parseClock(await redis.get(keys.clock))).toMatchObject({ incarnation: "two", epoch: 2, purgeFloor: 2 });
  expect(await redis.exists(keys.marks)).toBe(0);
});
