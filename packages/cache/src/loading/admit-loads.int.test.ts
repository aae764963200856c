import { expect, inject, test } from "vitest";
import { channels } from "@weir/core/channels";
import { currentScope, runInScope } from "@weir/core/scope";
import { testPrefix } from "@weir/testkit/testing";
import { openTestNodes, recordOutcomes, testDefinition, until } from "../testing/test-nodes";
import { createTestSource } from "../testing/test-source";

/** A node on which readers named `poor` may load nothing. */
async function openNode(disable: ReadonlySet<"l1" | "l2"> = new Set()) {
  const refusal = new Error("enough");
  const asked: [string, number][] = [];
  const nodes = await openTestNodes({
    redis: { url: inject("redisUrl") },
    keyPrefix: testPrefix(),
    disable,
    admitLoads: (keys) => {
      const who = currentScope()?.request.id ?? "rich";
      asked.push([who, keys]);
      return who === "poor" ? refusal : null;
    },
  });
  const source = createTestSource([
    [1, "a"],
    [2, "b"],
    [3, "c"],
  ]);
  const group = nodes.node(0).define(testDefinition({ ...source, negativeFor: "1h", staleFor: "1h" }));
  const as = <Result>(name: string, read: () => Promise<Result>): Promise<Result> =>
    runInScope({ request: { id: name }, origin: "app", procedure: null, deadlineAtMs: null }, read);
  return { group, source, asked, refusal, as, node: nodes.node(0), [Symbol.asyncDispose]: nodes[Symbol.asyncDispose] };
}

test("a reader that may not load gets the error, holds no lease, and still gets what is cached", async () => {
  await using one = await openNode();
  using seen = recordOutcomes();
  await expect(one.as("poor", () => one.group.get(1))).rejects.toBe(one.refusal);
  await expect(one.as("poor", () => one.group.getMany([1, 2]))).rejects.toBe(one.refusal);
  expect(one.source.loads).toEqual([]);
  expect(await one.as("rich", () => one.group.get(1))).toBe("a");
  expect(await one.as("poor", () => one.group.get(1))).toBe("a");
  expect(one.asked).toEqual([
    ["poor", 1],
    ["poor", 2],
    ["rich", 1],
  ]);
  expect(seen.outcomes).toEqual(["error", "error", "error", "miss", "hit l1"]);
});

test("of several keys only those that no tier has are counted", async () => {
  await using one = await openNode();
  await one.as("rich", () => one.group.get(2));
  await one.as("rich", () => one.group.getMany([1, 2, 3, 9]));
  expect(one.asked).toEqual([
    ["rich", 1],
    ["rich", 3],
  ]);
});

test("a reader that joined a reader that may not load loads for itself", async () => {
  await using one = await openNode();
  const poor = one.as("poor", () => one.group.get(1));
  const joined = one.as("rich", () => one.group.get(1));
  const joinedToo = one.as("rich", () => one.group.getMany([1, 2]));
  await expect(poor).rejects.toBe(one.refusal);
  expect(await joined).toBe("a");
  expect([...(await joinedToo).values()]).toEqual(["a", "b"]);
});

test("many readers of one key without a permit to load are rejected after one read from Redis", async () => {
  await using one = await openNode();
  const commands: string[] = [];
  const stop = channels.redis.subscribe(({ connection, command }) => {
    if (connection === "cache" && command !== "weir.renew") commands.push(command);
  });
  const reads = await Promise.allSettled(Array.from({ length: 50 }, () => one.as("poor", () => one.group.get(1))));
  stop();
  expect(reads).toEqual(reads.map(() => ({ status: "rejected", reason: one.refusal })));
  expect(commands).toEqual(["MGET"]);
});

test("a refresh is not counted", async () => {
  await using one = await openNode();
  await one.as("rich", () => one.group.get(1));
  await one.node.invalidate({ tags: ["item:1"] }, { mode: "expire" });
  expect(await one.as("poor", () => one.group.get(1))).toBe("a");
  await until(() => one.source.loads.length === 2);
  expect(one.asked).toEqual([["rich", 1]]);
});

test("without Redis the same applies", async () => {
  await using one = await openNode(new Set(["l2"]));
  await expect(one.as("poor", () => one.group.get(1))).rejects.toBe(one.refusal);
  expect(await one.as("rich", () => one.group.get(1))).toBe("a");
  expect(await one.as("poor", () => one.group.get(1))).toBe("a");
});
