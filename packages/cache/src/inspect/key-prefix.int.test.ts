import { Redis, type RedisOptions } from "ioredis";
import { expect, inject, test } from "vitest";
import { testPrefix } from "@weir/testkit/testing";
import { openTestNodes, testDefinition, until } from "../testing/test-nodes";

test("behind a client that prefixes keys, previews, listings and deletions see the entries", async () => {
  const options = {
    keyPrefix: testPrefix(),
    redis: {
      connect: (given: RedisOptions) => new Redis(inject("redisUrl"), { ...given, keyPrefix: "their*app:" }),
    },
  };
  await using two = await openTestNodes(options, options);
  const [first, second] = two.nodes.map((node) => node.define(testDefinition({ load: async (id) => `v${id}` })));
  const node = two.node(1);
  await first?.getMany([1, 2, 30]);
  const bounds = { maxKeys: 10_000_000, maxMs: 60_000 };
  const keys = [1, 2, 30].map((id) => ({ group: "test.read", key: String(id) }));
  await until(async () => (await node.preview({ keys })).entries === 3);
  expect(await node.preview({ tags: ["item:2"] }, bounds)).toMatchObject({ entries: 1, isExact: true });
  expect(await node.preview({ all: true }, bounds)).toMatchObject({ entries: 3 });
  const listed = await node.inspect.keys({ prefix: "test.read:3", limit: 10 }, bounds);
  expect(listed.keys).toMatchObject([{ group: "test.read", key: "30", state: "fresh" }]);
  expect(listed.keys[0]?.sizeBytes).toBeGreaterThan(0);
  expect(await node.inspect.key({ group: "test.read", key: "30" })).toMatchObject({ stored: { state: "fresh" } });
  expect(await node.deletePrefix("test.read:3", bounds)).toMatchObject({ deleted: 1 });
  expect(await node.preview({ all: true }, bounds)).toMatchObject({ entries: 2 });
  expect(await second?.get(2)).toBe("v2");
});
