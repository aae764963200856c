import postgres from "postgres";
import { expect, test } from "vitest";
import { createCityDatabase } from "./test-cities";

test("a database with cities contains all of them", async () => {
  await using database = await createCityDatabase();
  const sql = postgres(database.url, { max: 1 });
  const [row] = await sql<{ count: number }[]>`select count(*)::int as count from cities.cities`;
  await sql.end();
  expect(row?.count).toBeGreaterThan(130_000);
});
