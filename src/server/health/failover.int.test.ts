import postgres from "postgres";
import { afterAll, beforeAll, expect, test } from "vitest";
import { type SignedInUser, startTestApp, type TestApp } from "@/dev/test-app";
import { createNotesDatabase } from "@/dev/notes/test-notes";
import type { TestDatabase } from "@weir/testkit/testing";

let database: TestDatabase;
let sql: postgres.Sql;
let app: TestApp;
let user: SignedInUser;
beforeAll(async () => {
  database = await createNotesDatabase();
  sql = postgres(database.url, { max: 1, onnotice: () => undefined });
  app = await startTestApp({ databaseUrl: database.url });
  user = await app.signIn("operator");
});
afterAll(async () => {
  await app[Symbol.asyncDispose]();
  await sql.end();
  await database.drop();
});

const name = (): string => new URL(database.url).pathname.slice(1);

/** As after a failover: the sessions end, and new ones are with a server that takes no writes, or takes them again. */
async function failOver(isReadOnly: boolean): Promise<void> {
  await sql`set default_transaction_read_only = off`;
  await sql.unsafe(`alter database ${name()} set default_transaction_read_only = ${isReadOnly ? "on" : "off"}`);
  if (!isReadOnly) return;
  await sql`select pg_terminate_backend(pid) from pg_stat_activity
    where datname = current_database() and pid <> pg_backend_pid()`;
}

type Failed = { status: number; text: string };
const signIn = async (): Promise<Failed> => {
  const response = await fetch(`${app.origin}/api/auth/sign-in/email`, {
    method: "POST",
    headers: { "content-type": "application/json", origin: app.origin },
    body: JSON.stringify({ email: user.user.email, password: user.password }),
  });
  return { status: response.status, text: await response.text() };
};

test("while Postgres is read-only, signing in is unavailable and not a server error, and recovers automatically", async () => {
  expect((await signIn()).status).toBe(200);
  await failOver(true);
  // The first statements meet the sessions that ended.
  await expect.poll(async () => (await signIn()).text, { timeout: 10_000, interval: 20 }).toContain("read-only");
  const refused = await signIn();
  expect(refused.status).toBe(503);
  expect(refused.text).toContain("DATABASE_UNAVAILABLE");

  // The sessions that are open now stay read-only for as long as they live.
  await failOver(false);
  await expect.poll(async () => (await signIn()).status, { timeout: 20_000, interval: 50 }).toBe(200);
}, 60_000);
