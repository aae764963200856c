import { sql } from "drizzle-orm";
import fc from "fast-check";
import { afterAll, beforeAll, expect, test } from "vitest";
import { createTestDatabase, type TestDatabase } from "@weir/testkit/testing";
import { type CopyValue, createDatabase, type Database } from "..";

let home: TestDatabase;
let database: Database;
beforeAll(async () => {
  home = await createTestDatabase();
  database = createDatabase({ url: home.url, max: 1 });
  await database.db.execute(sql`create table pieces (place int primary key, value text)`);
});
afterAll(async () => {
  await database.close();
  await home.drop();
});

const copyPieces = (rows: Iterable<readonly CopyValue[]>): Promise<number> =>
  database.transaction((_tx, { copyIn }) => copyIn("copy pieces from stdin", rows));

// Any well-formed text but U+0000, with the characters of the format itself more often than chance has it.
const anyText = fc
  .array(
    fc.oneof(fc.string({ unit: "binary" }), fc.constantFrom("\\", "\t", "\n", "\r", "\\N", "\\.", "\n\\.\n", "'", '"')),
  )
  .map((parts) => parts.join("").replaceAll("\0", ""));

test("any text comes back as it was", async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(fc.option(anyText), { maxLength: 30 }), async (values) => {
      await database.db.execute(sql`truncate pieces`);
      expect(await copyPieces(values.map((value, place) => [place, value]))).toBe(values.length);
      const rows = await database.db.execute<{ value: string | null }>(sql`select value from pieces order by place`);
      expect(rows.map(({ value }) => value)).toEqual(values);
    }),
    { numRuns: 40 },
  );
});

test("more data than the socket takes at once arrives in full", async () => {
  await database.db.execute(sql`truncate pieces`);
  const value = "x".repeat(1_000);
  await copyPieces(Array.from({ length: 20_000 }, (_row, place) => [place, value]));
  const [row] = await database.db.execute(sql`select count(*)::int, sum(length(value))::int from pieces`);
  expect(row).toEqual({ count: 20_000, sum: 20_000_000 });
});

test("an error that Postgres finds in the data or after it rejects with that error, and nothing stays", async () => {
  await database.db.execute(sql`truncate pieces`);
  await expect(
    copyPieces([
      [1, "a"],
      ["not a number", "b"],
    ]),
  ).rejects.toMatchObject({ code: "22P02" });
  await expect(
    copyPieces([
      [1, "a"],
      [1, "b"],
    ]),
  ).rejects.toMatchObject({ code: "23505" });
  await expect(copyPieces([[1, "a"], [2]])).rejects.toMatchObject({ code: "22P04" });
  expect((await database.db.execute(sql`select * from pieces`)).length).toBe(0);
});

test("rows that cannot be made end the copy, and nothing stays", async () => {
  function* rows(): Generator<readonly CopyValue[]> {
    yield [1, "a"];
    throw new Error("no more rows");
  }
  await expect(copyPieces(rows())).rejects.toThrow("no more rows");
  expect((await database.db.execute(sql`select * from pieces`)).length).toBe(0);
  expect(database.stats()).toMatchObject({ inUse: 0 });
});
