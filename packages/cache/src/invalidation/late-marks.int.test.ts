import { Redis, type RedisOptions } from "ioredis";
import { expect, inject, onTestFinished, test } from "vitest";
import { channels } from "@weir/core/channels";
import { testPrefix } from "@weir/testkit/testing";
import type { InvalidateTarget } from "../contract/types";
import { invalidateScript } from "../redis/scripts";
import { openTestNodes, testDefinition, until } from "../testing/test-nodes";
import { createTestSource } from "../testing/test-source";

const url = inject("redisUrl");

/** A real client that refuses invalidations while `refuses` says so. */
function refusing(redis: Redis, refuses: () => boolean): Redis {
  return Object.assign(redis, {
    evalsha: (sha: string, ...rest: (string | number)[]) =>
      sha === invalidateScript.sha && refuses()
        ? Promise.reject(new Error("refused"))
        : redis.call("EVALSHA", sha, ...rest),
  });
}

/** A real client that runs `meanwhile` after the marks were read and before the clock is. */
function interrupted(options: RedisOptions, meanwhile: () => Promise<unknown>): Redis {
  const redis = new Redis(url, options);
  let marks: Promise<unknown> = Promise.resolve();
  return Object.assign(redis, {
    zmscore: (key: string, ...members: string[]) => {
      marks = redis.call("ZMSCORE", key, ...members);
      return marks;
    },
    get: async (key: string) => {
      await marks;
      await meanwhile();
      return redis.call("GET", key);
    },
  });
}

const targets: readonly (readonly [string, InvalidateTarget])[] = [
  ["a tag", { tags: ["item:1"] }],
  ["everything", { all: true }],
];

test.for(targets)("%s purged while a node reads the marks in L2 is not served afterwards", async ([, target]) => {
  const options = { redis: { url }, keyPrefix: testPrefix() };
  await using one = await openTestNodes(options);
  const source = createTestSource([[1, "old"]]);
  await one.node(0).define(testDefinition(source)).get(1);
  const redis = new Redis(url);
  await until(async () => (await redis.exists(`${options.keyPrefix}entry:test.read:v1:1`)) === 1);
  redis.disconnect();
  // A node that started at a later epoch than the entry's must read the entry's marks from Redis.
  await one.node(0).invalidate({ tags: ["other"] });

  let purged: Promise<{ epoch: number | null }> | undefined;
  await using late = await openTestNodes({
    ...options,
    redis: {
      connect: (settings) =>
        interrupted(settings, () => {
          source.values.set(1, "new");
          purged ??= one.node(0).invalidate(target);
          return purged;
        }),
    },
    timings: { redisBudgetMs: 60_000 },
  });
  const group = late.node(0).define(testDefinition(source));
  await group.get(1);
  const { epoch } = (await purged) ?? {};
  expect(epoch).toBeGreaterThan(0);
  await until(() => late.node(0).stats().epoch === epoch);
  expect(group.peek(1)).not.toBe("old");
  expect(await group.get(1)).toBe("new");
});

test("a queued purge also holds for a read whose marks were read before it took effect", async () => {
  const options = { redis: { url }, keyPrefix: testPrefix() };
  await using one = await openTestNodes(options);
  const source = createTestSource([[1, "old"]]);
  await one.node(0).define(testDefinition(source)).get(1);
  const redis = new Redis(url);
  await until(async () => (await redis.exists(`${options.keyPrefix}entry:test.read:v1:1`)) === 1);
  redis.disconnect();
  await one.node(0).invalidate({ tags: ["other"] });

  let refuses = true;
  let markApplied = (): void => undefined;
  const applied = new Promise<void>((resolve) => {
    markApplied = resolve;
  });
  await using late = await openTestNodes({
    ...options,
    redis: {
      connect: (settings) =>
        refusing(
          interrupted(settings, () => {
            refuses = false;
            return applied;
          }),
          () => refuses,
        ),
    },
    timings: { redisBudgetMs: 60_000 },
  });
  const end = channels.cache.subscribe((message) => {
    if (message.type === "invalidation" && message.local && message.tags.includes("item:1")) markApplied();
  });
  onTestFinished(end);
  const group = late.node(0).define(testDefinition(source));
  source.values.set(1, "new");
  expect(await late.node(0).invalidate({ tags: ["item:1"] })).toEqual({ status: "queued", epoch: null });
  expect(await group.get(1)).toBe("new");
});
