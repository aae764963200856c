import { expect, inject, test } from "vitest";
import { runReadmeExample } from "@weir/testkit/readme-example";
import { testPrefix } from "@weir/testkit/testing";

test("the example with a cache in the README runs and prints what its comments say", async () => {
  const env = { REDIS_URL: inject("redisUrl"), KEY_PREFIX: testPrefix() };
  const printed = await runReadmeExample(import.meta.url, { env, block: 1 });
  expect(printed.trim().split("\n")).toEqual([
    "200 note.byId miss",
    "200 note.byId l1",
    "200 note.byId l1",
    "404 No note with this ID exists.",
  ]);
});
