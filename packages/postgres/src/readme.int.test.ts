import { expect, test } from "vitest";
import { runReadmeExample } from "@weir/testkit/readme-example";
import { createTestDatabase } from "@weir/testkit/testing";

test("the example of the README prepares a statement, runs transactions and closes", async () => {
  await using database = await createTestDatabase();
  const output = await runReadmeExample(import.meta.url, { env: { DATABASE_URL: database.url } });
  expect(output).toBe("[ { title: 'Emma' } ]\nchanged my mind\n2\n0\n");
});
