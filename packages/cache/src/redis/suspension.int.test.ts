import { expect, inject, test } from "vitest";
import { openFaultProxy } from "@weir/testkit/fault-proxy";
import { testPrefix } from "@weir/testkit/testing";
import { openTestNodes, testDefinition, until } from "../testing/test-nodes";
import { createTestSource } from "../testing/test-source";

test("a node whose machine was suspended serves nothing from memory until it has followed the log again", async () => {
  let suspendedMs = 0;
  await using proxy = await openFaultProxy(inject("redisUrl"));
  await using one = await openTestNodes({
    redis: { url: proxy.url },
    keyPrefix: testPrefix(),
    wallClock: { now: () => performance.now() + suspendedMs },
    // By the monotonic clock alone its memory would be trusted for an hour.
    timings: { trustMs: 3_600_000, leaseMs: 3_700_000 },
  });
  const node = one.node(0);
  const source = createTestSource([[1, "old"]]);
  const group = node.define(testDefinition({ ...source, outage: { serveFor: "1h" } }));
  await group.get(1);
  expect(group.peek(1)).toBe("old");
  proxy.freeze();
  suspendedMs = 3_600_000;
  await until(() => !node.stats().logConnected);
  expect(group.peek(1)).toBeUndefined();
  proxy.thaw();
  await until(() => node.stats().logConnected);
  expect(await group.get(1)).toBe("old");
  await until(() => group.peek(1) === "old");
});
