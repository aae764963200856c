import { expect, test } from "vitest";
import { runReadmeExample } from "@weir/testkit/readme-example";

test("the example in the README runs and prints the output in its comments", async () => {
  const printed = await runReadmeExample(import.meta.url);
  expect(printed.trim().split("\n")).toEqual([
    'CREATE INDEX CONCURRENTLY "orders_customer_id" ON "shop"."orders" USING btree ("customer_id")',
    'index("orders_customer_id").on(t.customerId)',
    "high",
  ]);
}, 60_000);
