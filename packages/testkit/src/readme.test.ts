import { expect, test } from "vitest";
import { runReadmeExample } from "./readme-example";

test("the example of the README freezes a connection and heals it", async () => {
  expect(await runReadmeExample(import.meta.url)).toBe("hello\nno response\nagain\n");
});
