import { readFileSync, writeFileSync } from "node:fs";
import postgres from "postgres";
import { afterAll, beforeAll, beforeEach, expect, test } from "vitest";
import { openBundles } from "@weir/testkit/bundles";
import { type TestDatabase, testPrefix } from "@weir/testkit/testing";
import { createNotesDatabase } from "@/dev/notes/test-notes";
import { startMain, type StartedMain } from "@/dev/test-main";
import { notesForFeatures } from "@/dev/test-node";

const bundles = openBundles();
let program: string;
/** The same, after the definition of `note.byId` has been edited without a new version. */
let edited: string;
let database: TestDatabase;
let sql: postgres.Sql;
let keyPrefix: string;

beforeAll(async () => {
  program = await bundles.add(new URL("main.ts", import.meta.url), notesForFeatures);
  const text = readFileSync(program, "utf8");
  const changed = text.replace(
    /\(id\d*\) => \[tag\d*\.note\(id\d*\), importedTag\d*(?=\])/,
    (found) => `${found}, ...[]`,
  );
  if (changed === text) throw new Error("The bundle has no definition of note.byId to edit.");
  edited = program.replace(/\.mjs$/, "-edited.mjs");
  writeFileSync(edited, changed);
  database = await createNotesDatabase();
  sql = postgres(database.url, { max: 1, onnotice: () => undefined });
});
beforeEach(() => {
  keyPrefix = testPrefix();
});
afterAll(async () => {
  await sql.end();
  await database.drop();
  bundles.remove();
});

const start = (run: string, variables: Record<string, string>): Promise<StartedMain> =>
  startMain(run, { databaseUrl: database.url, keyPrefix, variables });

const noteId = 1_008;
const titleAt = async (origin: string): Promise<string> => {
  const response = await fetch(
    `${origin}/api/trpc/note.byId?input=${encodeURIComponent(JSON.stringify({ id: noteId }))}`,
  );
  const { result } = (await response.json()) as { result: { data: { title: string } } };
  return result.data.title;
};
/** A writer that knows nothing of the cache. */
const renameBehind = (title: string) =>
  sql`update notes.notes set title = ${title}, search_title = ${title.toLowerCase()} where id = ${noteId}`;

type CacheRecord = { level: string; msg: string; cache?: { code: string } & Record<string, unknown> };
const cacheRecords = (server: StartedMain, code: string): CacheRecord[] =>
  server.records<CacheRecord>().filter(({ cache }) => cache?.code === code);

test(
  "with WEIR_VERIFY a row that changed behind the cache is reported, with the mutation before",
  { timeout: 120_000 },
  async () => {
    const admin = { email: "verify@example.com", password: "correct horse battery staple" };
    await using server = await start(program, {
      WEIR_VERIFY: "1",
      NODE_ENV: "production",
      ADMIN_EMAIL: admin.email,
      ADMIN_PASSWORD: admin.password,
    });
    const { origin } = server;
    const headers = { "content-type": "application/json", origin };
    const signedIn = await fetch(`${origin}/api/auth/sign-in/email`, {
      method: "POST",
      headers,
      body: JSON.stringify(admin),
    });
    const cookie = signedIn.headers.getSetCookie()[0]?.split(";", 1)[0] ?? "";
    const before = await titleAt(origin);
    const [other] = await sql`select version from notes.notes where id = 1009`;
    const updated = await fetch(`${origin}/api/trpc/note.update`, {
      method: "POST",
      headers: { ...headers, cookie },
      body: JSON.stringify({ id: 1_009, version: other?.["version"], title: "Another note" }),
    });
    expect(updated.status, await updated.text()).toBe(200);

    await renameBehind("Changed behind");
    // Each hit may be compared: once the comparison has ended, the report is in the log.
    await expect
      .poll(
        async () => {
          expect(await titleAt(origin)).toBe(before);
          return cacheRecords(server, "ENTRY_MISMATCH").length;
        },
        { timeout: 30_000, interval: 100 },
      )
      .toBe(1);
    const [found] = cacheRecords(server, "ENTRY_MISMATCH");
    expect(found).toMatchObject({
      level: "warn",
      cache: {
        group: "note.byId",
        key: String(noteId),
        ageMs: expect.any(Number),
        cached: expect.stringContaining(before),
        loaded: expect.stringContaining("Changed behind"),
        lastMutation: {
          procedure: "note.update",
          tags: expect.arrayContaining(["note:1009"]),
          agoMs: expect.any(Number),
        },
      },
    });
    expect(found?.msg).toMatch(
      /^note\.byId served 1008, \d+ ms old, though its source has changed\. The last mutation here of note\.update, \d+ ms ago, touched .*note:1009/,
    );
    expect(await server.stop()).toBe(0);
  },
);

test(
  "in production, a definition edited without a new version causes a warning at startup, and its entries are still served",
  { timeout: 120_000 },
  async () => {
    const variables = { NODE_ENV: "production" };
    await using server = await start(program, variables);
    const before = await titleAt(server.origin);
    expect(cacheRecords(server, "DEFINITION_CHANGED")).toEqual([]);
    await server.stop();
    await renameBehind(`${before} (production)`);

    await using next = await start(edited, variables);
    expect(await titleAt(next.origin)).toBe(before);
    expect(cacheRecords(next, "DEFINITION_CHANGED")).toEqual([
      expect.objectContaining({
        level: "warn",
        cache: { code: "DEFINITION_CHANGED", group: "note.byId", version: 1 },
        msg: expect.stringMatching(
          /^The definition of note\.byId changed, but its version is still 1: .* Raise the version\.$/,
        ),
      }),
    ]);
    await next.stop();
    // Told once.
    await using last = await start(edited, variables);
    await titleAt(last.origin);
    expect(cacheRecords(last, "DEFINITION_CHANGED")).toEqual([]);
  },
);

test("in development, an edited definition gets a new version automatically", { timeout: 120_000 }, async () => {
  const variables = { NODE_ENV: "development", LOG_FORMAT: "json" };
  await using server = await start(program, variables);
  const before = await titleAt(server.origin);
  await server.stop();
  await renameBehind(`${before} (development)`);

  await using same = await start(program, variables);
  expect(await titleAt(same.origin)).toBe(before);
  await same.stop();
  await using next = await start(edited, variables);
  expect(await titleAt(next.origin)).toBe(`${before} (development)`);
  expect(cacheRecords(next, "DEFINITION_CHANGED")).toEqual([]);
});
