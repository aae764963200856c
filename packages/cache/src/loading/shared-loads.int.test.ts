import { expect, inject, test } from "vitest";
import { currentScope, runInScope, type Scope } from "@weir/core/scope";
import { testPrefix } from "@weir/testkit/testing";
import { openTestNodes, recordOutcomes, testDefinition, until } from "../testing/test-nodes";
import { createTestSource } from "../testing/test-source";

const fleet = () => ({ redis: { url: inject("redisUrl") }, keyPrefix: testPrefix() });
const scopeOf = (id: string, deadlineAtMs: number | null): Scope => ({
  request: { id },
  origin: "lab",
  procedure: `test.${id}`,
  deadlineAtMs,
});
const tooLate = { code: "CACHE_LOAD_TIMEOUT", rpcCode: "GATEWAY_TIMEOUT" };

test("a reader whose deadline passes fails alone: the load continues for the readers that joined it", async () => {
  await using one = await openTestNodes(fleet());
  using seen = recordOutcomes();
  const source = createTestSource([[1, "value"]]);
  const group = one.node(0).define(testDefinition(source));
  const release = source.hold();
  const leader = runInScope(scopeOf("leader", performance.now() + 20), () => group.get(1));
  const patient = group.get(1);
  const joiner = runInScope(scopeOf("joiner", performance.now() + 20), () => group.get(1));
  await expect(leader).rejects.toMatchObject(tooLate);
  await expect(joiner).rejects.toMatchObject(tooLate);
  release();
  expect(await patient).toBe("value");
  expect(group.peek(1)).toBe("value");
  expect(source.loads).toEqual([1]);
  expect(seen.outcomes).toEqual(["error", "error", "coalesced"]);
});

test("a reader of many keys waits no longer than its own deadline and fails no other reader", async () => {
  await using one = await openTestNodes(fleet());
  using seen = recordOutcomes();
  const source = createTestSource([
    [1, "a"],
    [2, "b"],
  ]);
  const group = one.node(0).define(testDefinition(source));
  const release = source.hold();
  const leader = runInScope(scopeOf("leader", performance.now() - 1), () => group.getMany([1, 2]));
  const joiner = group.getMany([2, 1]);
  await expect(leader).rejects.toMatchObject(tooLate);
  await until(() => seen.outcomes.length === 2);
  release();
  expect([...(await joiner).values()]).toEqual(["b", "a"]);
  expect(source.loads).toEqual([1, 2]);
  expect(seen.outcomes).toEqual(["error", "error", "coalesced", "coalesced"]);
});

test("a load runs in the scope of the reader that began it, under the engine's limit and not under that reader's deadline", async () => {
  await using one = await openTestNodes({ ...fleet(), timings: { maxFlightMs: 60_000 } });
  const scopes: (Scope | undefined)[] = [];
  const load = async (key: number) => {
    scopes.push(currentScope());
    return key;
  };
  const group = one.node(0).define(testDefinition({ load }));
  const own = scopeOf("own", performance.now() + 30_000);
  const beganAtMs = performance.now();
  await runInScope(own, () => group.get(1));
  await group.get(2);
  await runInScope(own, () => group.get(3, { bypass: true }));
  const [shared, outside, bypassing] = scopes;
  expect(shared).toMatchObject({ ...own, deadlineAtMs: expect.any(Number) });
  // Data about a request is found by the identity of its scope.
  expect(shared?.request).toBe(own.request);
  expect(shared?.deadlineAtMs).toBeGreaterThanOrEqual(beganAtMs + 60_000);
  expect(outside).toBeUndefined();
  // The load of a bypassing read is not shared.
  expect(bypassing).toBe(own);
});

test("memory still serves a reader whose deadline has passed", async () => {
  await using one = await openTestNodes(fleet());
  const group = one.node(0).define(testDefinition({ load: async (key) => key }));
  await group.get(1);
  await until(() => group.peek(1) === 1);
  expect(await runInScope(scopeOf("late", performance.now() - 1), () => group.get(1))).toBe(1);
});
