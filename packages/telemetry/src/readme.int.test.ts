import { expect, inject, test } from "vitest";
import { runReadmeExample } from "@weir/testkit/readme-example";
import { testPrefix } from "@weir/testkit/testing";

test("the example in the README runs and prints the output in its comments", async () => {
  const env = { REDIS_URL: inject("queueRedisUrl"), KEY_PREFIX: testPrefix() };
  const printed = await runReadmeExample(import.meta.url, { env });
  expect(printed.trim().split("\n")).toEqual(["3 1", "2"]);
});
