import { expect, test } from "vitest";
import { runReadmeExample } from "@weir/testkit/readme-example";

test("the first example in the README runs and prints what its comment says", async () => {
  const printed = await runReadmeExample(import.meta.url);
  expect(printed).toBe('200 {"result":{"data":"Hello from node:http"}}\n');
});
