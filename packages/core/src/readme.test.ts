import { expect, test } from "vitest";
import { runReadmeExample } from "@weir/testkit/readme-example";

test("the example of the README finds the scope in a subscriber", async () => {
  expect(await runReadmeExample(import.meta.url)).toBe("sendMail: done, from orders.place\n");
});
