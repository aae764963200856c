import { expect, test } from "vitest";
import { runReadmeExample } from "@weir/testkit/readme-example";

test("the example in the README runs and prints what its comments say", async () => {
  expect(await runReadmeExample(import.meta.url)).toBe("42\nCONFLICT 409\n");
});
