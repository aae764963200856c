import { expect, test } from "vitest";
import { runReadmeExample } from "@weir/testkit/readme-example";

test("the example of the README starts Postgres and stops it", async () => {
  expect(await runReadmeExample(import.meta.url)).toBe("42\n");
});
