import { expect, test } from "vitest";
import { runReadmeExample } from "@weir/testkit/readme-example";
import { createTestDatabase } from "@weir/testkit/testing";

test("the example of the README prepares a statement, runs transactions and closes", async () => {
  await using database = await createTestDatabase();
  expect((await runReadmeExample(import.meta.url, { env: { DATABASE_URL: database.url } })).trim().split("\n")).toEqual(
    [
      "[ { title: 'Emma' } ]",
      "changed my mind",
      "2",
      "{",
      "  max: 10,",
      "  inUse: 0,",
      "  queued: 0,",
      "  refused: 0,",
      "  expired: 0,",
      "  connections: 1",
      "}",
    ],
  );
});
