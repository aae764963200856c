import postgres from "postgres";
import { expect, test } from "vitest";
import { createTestDatabase } from "@weir/testkit/testing";
import { migrateFeatures } from "@/server/migrate-features";
import { server } from "./server";

const features = { cities: server };

test("names are folded to lower case without accents", async () => {
  await using database = await createTestDatabase();
  await migrateFeatures(database.url, features);
  const sql = postgres(database.url, { max: 1, onnotice: () => undefined });
  const rows = await sql`
    select weir_fold(name) as folded from unnest(array['São Paulo', 'Łódź', 'ÅRHUS', 'Straße', 'x']) as name`;
  await sql.end();
  expect(rows.map(({ folded }) => folded as string)).toEqual(["sao paulo", "lodz", "arhus", "strasse", "x"]);
});

test("an installation that already has the tables keeps them and their rows", async () => {
  await using database = await createTestDatabase();
  await migrateFeatures(database.url, features);
  const sql = postgres(database.url, { max: 1, onnotice: () => undefined });
  // The state left by the platform's former migrations: the tables without this journal.
  await sql`drop table drizzle.__drizzle_migrations_cities`;
  await sql`insert into countries (code, name) values ('JP', 'Japan')`;
  await migrateFeatures(database.url, features);
  const [row] = await sql`select name from countries`;
  await sql.end();
  expect(row).toEqual({ name: "Japan" });
});
