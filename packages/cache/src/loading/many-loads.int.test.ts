import { Redis } from "ioredis";
import { expect, inject, test } from "vitest";
import { testPrefix } from "@weir/testkit/testing";
import { keyNames } from "../redis/names";
import { openTestNodes, testDefinition, until } from "../testing/test-nodes";
import { createTestSource } from "../testing/test-source";

const count = 12_000;
const together = 100;

test(
  "of twelve thousand loads that end together each reaches Redis and returns its lease",
  { timeout: 60_000 },
  async () => {
    const keyPrefix = testPrefix();
    await using nodes = await openTestNodes({
      redis: { url: inject("redisUrl") },
      keyPrefix,
      timings: { redisBudgetMs: 30_000, loadWaitMs: 60_000, loadLeaseMs: 60_000 },
    });
    const ids = Array.from({ length: count }, (_, id) => id);
    const source = createTestSource(ids.map((id): [number, string] => [id, `v${id}`]));
    const group = nodes.node(0).define(testDefinition(source));
    const release = source.hold();
    const reads: Promise<unknown>[] = [];
    for (let from = 0; from < count; from += together) reads.push(group.getMany(ids.slice(from, from + together)));
    await source.begun(count);
    release();
    await Promise.all(reads);

    const names = keyNames(keyPrefix);
    const entries = ids.map((id) => names.entry("test.read", 1, String(id)));
    const redis = new Redis(inject("redisUrl"));
    try {
      await until(async () => (await redis.exists(...entries)) === count);
      expect(await redis.exists(...entries.map(names.lease))).toBe(0);
    } finally {
      redis.disconnect();
    }
  },
);
