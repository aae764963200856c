import { inject } from "vitest";
import { testPrefix } from "@weir/testkit/testing";
import { openTestNodes, testDefinition, type TestDefinition } from "./test-nodes";

export const fleet = () => ({ redis: { url: inject("redisUrl") }, keyPrefix: testPrefix() });
/** The Redis keys of an entry of the test definition and of its lease. */
export const entryOf = (keyPrefix: string, key = 1): string => `${keyPrefix}entry:test.read:v1:${key}`;
export const leaseOf = (keyPrefix: string, key = 1): string =>
  `{${entryOf(keyPrefix, key)}}:lease:${entryOf(keyPrefix, key)}`;
/** Waits for another node's load as long as it takes. */
export const patient = { loadWaitMs: 60_000 };

/** Opens several nodes that load from the same source. */
export async function openFleet<Value>(nodes: number, given: TestDefinition<Value>, timings = {}) {
  const options = { ...fleet(), timings: { redisBudgetMs: 5000, ...timings } };
  const opened = await openTestNodes(...Array.from({ length: nodes }, () => options));
  const groups = opened.nodes.map((node) => node.define(testDefinition(given)));
  const [first, second] = groups;
  if (first === undefined || second === undefined) throw new RangeError("Two nodes at least.");
  const { keyPrefix } = options;
  return { keyPrefix, groups, first, second, node: opened.node, [Symbol.asyncDispose]: opened[Symbol.asyncDispose] };
}
