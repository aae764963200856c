import { expect, inject, test } from "vitest";
import { testPrefix } from "@weir/testkit/testing";
import { openTestNodes, recordOutcomes, testDefinition, until } from "../testing/test-nodes";
import { createTestSource } from "../testing/test-source";

const fleet = () => ({ redis: { url: inject("redisUrl") }, keyPrefix: testPrefix() });
/** A node's clock that can be set forward; it stays trusted meanwhile. */
function clockAhead() {
  const ahead = { ms: 0 };
  const clock = { now: () => performance.now() + ahead.ms };
  return { ahead, options: { clock, timings: { trustMs: 86_400_000, leaseMs: 90_000_000 } } };
}

test("a hot key is refreshed before it expires and served from memory meanwhile", async () => {
  const { ahead, options } = clockAhead();
  let dice = 0;
  await using one = await openTestNodes({ ...fleet(), ...options, random: () => dice });
  using seen = recordOutcomes();
  const source = createTestSource([[1, "old"]]);
  const load = async (key: number) => {
    await new Promise((resolve) => void setTimeout(resolve, 200));
    return source.load(key, { signal: new AbortController().signal });
  };
  const group = one.node(0).define(testDefinition({ load, freshFor: "10s" }));
  await group.get(1);
  source.values.set(1, "new");
  // Fresh for nine seconds, for the random number that spreads lifetimes was zero; the load took a fifth of a second.
  ahead.ms += 8000;
  expect(await group.get(1)).toBe("old");
  expect(source.loads).toEqual([1]);
  dice = 0.999;
  expect(await group.get(1)).toBe("old");
  await until(() => group.peek(1) === "new");
  expect(source.loads).toEqual([1, 1]);
  expect(seen.outcomes).toEqual(["miss", "hit l1", "hit l1"]);
});

test("after a failed refresh the next one backs off, twice as long each time, until one succeeds", async () => {
  const { ahead, options } = clockAhead();
  const timings = { ...options.timings, backoffMs: 1000, maxBackoffMs: 60_000 };
  // The backoff in Redis passes by the server's time; this test is about the node's own.
  await using one = await openTestNodes({
    ...fleet(),
    clock: options.clock,
    timings,
    disable: new Set(["l2"] as const),
  });
  const source = createTestSource([[1, "old"]]);
  const group = one.node(0).define(testDefinition({ ...source, freshFor: "1s", staleFor: "1h" }));
  await group.get(1);
  ahead.ms += 5000;
  source.failure = new Error("no luck");
  let loads = 1;
  for (const backoffMs of [1000, 2000, 4000]) {
    expect(await group.get(1)).toBe("old");
    await source.begun((loads += 1));
    await until(() => one.node(0).stats().inFlight === 0);
    ahead.ms += backoffMs - 500;
    expect(await group.get(1)).toBe("old");
    await new Promise(setImmediate);
    expect(source.loads.length).toBe(loads);
    ahead.ms += 500;
  }
  source.failure = undefined;
  source.values.set(1, "new");
  expect(await group.get(1)).toBe("old");
  await until(() => group.peek(1) === "new");
});

test("at most eight refreshes run at a time, and a later reader refreshes what found the pool full", async () => {
  const { ahead, options } = clockAhead();
  await using one = await openTestNodes({ ...fleet(), ...options });
  const keys = Array.from({ length: 20 }, (_, key) => key);
  const source = createTestSource(keys.map((key): [number, string] => [key, `v${key}`]));
  const group = one.node(0).define(testDefinition({ load: source.load, freshFor: "1s", staleFor: "1h" }));
  await group.getMany(keys);
  ahead.ms += 5000;
  const release = source.hold();
  await group.getMany(keys);
  await source.begun(28);
  expect(source.loads.length).toBe(28);
  release();
  await until(async () => {
    await group.getMany(keys);
    return source.loads.length >= 40;
  });
});
