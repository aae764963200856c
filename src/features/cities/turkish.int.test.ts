import { randomBytes } from "node:crypto";
import { sql } from "drizzle-orm";
import postgres from "postgres";
import { afterAll, beforeAll, expect, inject, test } from "vitest";
import { startTestAppWith, type TestApp } from "@/dev/test-app";
import { migrateAll } from "@/server/migrations";
import { server } from "./server";

/** From the largest to the smallest. */
const names = [
  "İstanbul",
  "İzmir",
  "Diyarbakır",
  "ISPARTA",
  "Iğdır",
  "Kırıkkale",
  "Ilgın",
  "İnegöl",
  "Indianapolis",
  "Çiğli",
  "Şişli",
  "Üsküdar",
];

const name = `test_${randomBytes(8).toString("hex")}`;
let admin: postgres.Sql;
let app: TestApp<{ cities: typeof server }>;
beforeAll(async () => {
  admin = postgres(inject("databaseUrl"), { max: 1, onnotice: () => undefined });
  // What initdb makes with --locale-provider=icu --icu-locale=tr-TR.
  await admin.unsafe(
    `create database ${name} template template0 encoding 'UTF8' locale 'C' locale_provider icu icu_locale 'tr-TR'`,
  );
  const { href: databaseUrl } = Object.assign(new URL(inject("databaseUrl")), { pathname: name });
  const features = { cities: server };
  await migrateAll(databaseUrl, features);
  app = await startTestAppWith(
    { features, openDatabase: () => Promise.reject(new Error("It has one.")) },
    { databaseUrl },
  );
  const { db } = app.runtime.database;
  await db.execute(sql`insert into cities.countries (code, name) values ('TR', 'Türkiye'), ('IR', 'Iran'), ('IN', 'India'),
    ('IS', 'Iceland'), ('IL', 'İsrail'), ('ID', 'Indonesia')`);
  await db.execute(sql`insert into cities.cities (id, name, country_code, region_code, population, lat, lon)
    select place, name, 'TR', '', 1000 - place, 38, 27
    from unnest(array[${sql.join(
      names.map((one) => sql`${one}`),
      sql`, `,
    )}]::text[]) with ordinality as given (name, place)`);
});
afterAll(async () => {
  await app?.[Symbol.asyncDispose]();
  await admin?.unsafe(`drop database if exists ${name} with (force)`);
  await admin?.end();
});

async function ask<Result>(path: string, input: unknown): Promise<Result> {
  const response = await fetch(`${app.origin}/api/trpc/${path}?input=${encodeURIComponent(JSON.stringify(input))}`);
  const body = (await response.json()) as { result?: { data: Result } };
  if (body.result === undefined) throw new Error(JSON.stringify(body));
  return body.result.data;
}
type Names = { items: { name: string; match?: string }[]; nextCursor: string | null };

test("the database folds as Turkish does", async () => {
  const [row] = await app.runtime.database.db.execute(sql`select lower('I') as lower, upper('i') as upper`);
  expect(row).toEqual({ lower: "ı", upper: "İ" });
});

test.each([
  ["izmir", "İzmir"],
  ["İzmir", "İzmir"],
  ["IZMIR", "İzmir"],
  ["İZMİR", "İzmir"],
  ["ızmır", "İzmir"],
  ["ISPARTA", "ISPARTA"],
  ["ısparta", "ISPARTA"],
  ["Isparta", "ISPARTA"],
  ["iğdir", "Iğdır"],
  ["IĞDIR", "Iğdır"],
  ["ILGIN", "Ilgın"],
  ["ÇİĞLİ", "Çiğli"],
  ["sisli", "Şişli"],
])("%s finds %s by its whole name", async (q, found) => {
  const { items } = await ask<Names>("city.search", { q });
  expect(items[0]).toMatchObject({ name: found, match: "exact" });
});

test.each([
  ["indian", "Indianapolis", "prefix"],
  ["ızm", "İzmir", "prefix"],
  ["RIKKA", "Kırıkkale", "substring"],
  ["BAKIR", "Diyarbakır", "substring"],
  ["IZMIRR", "İzmir", "similar"],
  ["DIYARBEKIR", "Diyarbakır", "similar"],
])("%s finds %s as a %s match", async (q, found, match) => {
  expect((await ask<Names>("city.search", { q })).items[0]).toMatchObject({ name: found, match });
});

test("pages by name list every city once, in the order of the folded names", async () => {
  const listed: string[] = [];
  let cursor: string | null = null;
  do {
    const page: Names = await ask<Names>("city.list", {
      order: "name",
      limit: 3,
      ...(cursor === null ? {} : { cursor }),
    });
    listed.push(...page.items.map((item) => item.name));
    cursor = page.nextCursor;
  } while (cursor !== null);
  expect(listed).toEqual([
    "Çiğli",
    "Diyarbakır",
    "Iğdır",
    "Ilgın",
    "Indianapolis",
    "İnegöl",
    "ISPARTA",
    "İstanbul",
    "İzmir",
    "Kırıkkale",
    "Şişli",
    "Üsküdar",
  ]);
});

test("countries are in the order of their folded names", async () => {
  const { items } = await ask<{ items: { code: string }[] }>("country.list", {});
  expect(items.map(({ code }) => code)).toEqual(["IS", "IN", "ID", "IR", "IL", "TR"]);
});

test("an email address with I signs in whatever its case", async () => {
  const by = { id: null, label: "test", sessionId: null, address: null, requestId: null };
  const { temporaryPassword } = await app.runtime.services.users.create(
    { email: "iris.ilgin@example.com", name: "Iris", role: "viewer" },
    by,
  );
  for (const email of ["iris.ilgin@example.com", "IRIS.ILGIN@example.com"]) {
    const response = await fetch(`${app.origin}/api/auth/sign-in/email`, {
      method: "POST",
      headers: { "content-type": "application/json", origin: app.origin },
      body: JSON.stringify({ email, password: temporaryPassword }),
    });
    expect([email, response.status]).toEqual([email, 200]);
  }
});
