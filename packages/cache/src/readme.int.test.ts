import { expect, inject, test } from "vitest";
import { runReadmeExample } from "@weir/testkit/readme-example";
import { testPrefix } from "@weir/testkit/testing";

test("the example in the README runs and prints what its comments say", async () => {
  const env = { REDIS_URL: inject("redisUrl"), KEY_PREFIX: testPrefix() };
  const printed = await runReadmeExample(import.meta.url, { env });
  expect(printed.trim().split("\n")).toEqual(["Edo", "Edo", "applied Tokyo", "null"]);
});
