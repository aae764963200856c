import { expect, inject, test } from "vitest";
import { testPrefix } from "@weir/testkit/testing";
import { z } from "zod";
import type { CacheWarning } from "../contract/warnings";
import { openTestNodes, recordOutcomes, testDefinition } from "../testing/test-nodes";
import { fingerprintOf } from "./fingerprint";

const before = testDefinition<string>({ load: async (id) => `value ${id}` });
const after = testDefinition<string>({ load: async (id) => `Value ${id}` });

test("a fingerprint follows the functions and the schema, not the names that a bundler numbers", () => {
  expect(fingerprintOf(before)).toBe(fingerprintOf(testDefinition<string>({ load: async (id) => `value ${id}` })));
  expect(fingerprintOf(before)).not.toBe(fingerprintOf(after));
  expect(fingerprintOf({ ...before, schema: z.string() })).not.toBe(
    fingerprintOf({ ...before, schema: z.string().min(1) }),
  );
  const [queries, queries2] = [async () => "a", async () => "a"];
  expect(fingerprintOf({ ...before, load: () => queries() })).toBe(
    fingerprintOf({ ...before, load: () => queries2() }),
  );
});

test("in development a changed definition never reads the entries of the one before", async () => {
  const given = { redis: { url: inject("redisUrl") }, keyPrefix: testPrefix(), changedDefinitions: "renew" as const };
  await using one = await openTestNodes(given, given, given);
  expect(await one.node(0).define(before).get(1)).toBe("value 1");
  expect(await one.node(1).define(after).get(1)).toBe("Value 1");
  // The same source again finds its entry.
  const again = one.node(2).define(before);
  using seen = recordOutcomes();
  expect(await again.get(1)).toBe("value 1");
  expect(seen.outcomes).toEqual(["hit l2"]);
});

test("in production a definition that changed without a new version is reported at the start, once", async () => {
  const keyPrefix = testPrefix();
  const warnings: CacheWarning[] = [];
  const start = async (definition: typeof before): Promise<void> => {
    await using one = await openTestNodes({
      redis: { url: inject("redisUrl") },
      keyPrefix,
      changedDefinitions: "warn",
      onWarning: (warning) => void warnings.push(warning),
      timings: { readyMs: 10_000 },
    });
    one.node(0).define(definition);
    await one.node(0).ready();
  };
  await start(before);
  await start(before);
  expect(warnings).toEqual([]);
  await start(after);
  expect(warnings).toEqual([{ code: "DEFINITION_CHANGED", group: "test.read", version: 1 }]);
  await start(after);
  await start({ ...before, version: 2 });
  expect(warnings).toHaveLength(1);
});
