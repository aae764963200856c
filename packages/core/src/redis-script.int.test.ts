import { Redis } from "ioredis";
import { afterAll, expect, inject, test } from "vitest";
import { defineScript, evalScript } from "./redis-script";

const redis = new Redis(inject("redisUrl"));
afterAll(() => redis.disconnect());

test("a script that the server has not cached runs by its source, and by its hash from then on", async () => {
  const script = defineScript("test.echo", `return {KEYS[1], ARGV[1]} -- ${crypto.randomUUID()}`);
  expect(await redis.script("EXISTS", script.sha)).toEqual([0]);
  expect(await evalScript(redis, script, ["a key"], [7])).toEqual(["a key", "7"]);
  expect(await redis.script("EXISTS", script.sha)).toEqual([1]);
  expect(await evalScript(redis, script, ["a key"], ["b"])).toEqual(["a key", "b"]);
});

test("an error of the script itself rejects and does not run the script twice", async () => {
  const counter = `test-${crypto.randomUUID()}`;
  const script = defineScript(
    "test.fail",
    "redis.call('INCR', KEYS[1]) return redis.error_reply('NO the script failed')",
  );
  await redis.script("LOAD", script.source);
  await expect(evalScript(redis, script, [counter], [])).rejects.toThrow("the script failed");
  expect(await redis.getdel(counter)).toBe("1");
});
