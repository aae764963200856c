import { spawnSync } from "node:child_process";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import postgres from "postgres";
import { afterAll, beforeAll, expect, inject, test } from "vitest";
import { createTestDatabase, testPrefix, type TestDatabase } from "@weir/testkit/testing";
import { environmentWith } from "@/dev/bootstrap/environment.js";

const root = join(import.meta.dirname, "../..");

let database: TestDatabase;
beforeAll(async () => {
  database = await createTestDatabase();
});
afterAll(() => database.drop());

/** Runs the command line as a program of its own. */
function weir(...words: string[]): { status: number | null; stdout: string; stderr: string } {
  return spawnSync(process.execPath, ["--import", "tsx", "src/cli/main.ts", ...words], {
    cwd: root,
    encoding: "utf8",
    env: environmentWith({
      DATABASE_URL: database.url,
      REDIS_URL: inject("redisUrl"),
      QUEUE_REDIS_URL: inject("queueRedisUrl"),
      KEY_PREFIX: testPrefix(),
    }),
  });
}

// Colours the text, turns the direction of writing around, begins a line.
const hostile = "\u001b[31m\u009b31m\u202ekey\r\nok    forged";
const obeyed = /(?!\n)[\p{Cc}\p{Cf}]/u;

test("a user from the database reaches the terminal as visible text on one line, and --json exactly", async () => {
  expect(weir("admin", "create", "ada@example.com")).toMatchObject({ status: 0 });
  const sql = postgres(database.url, { max: 1, onnotice: () => undefined });
  await sql`update weir.users set email = ${hostile}, name = ${hostile}`;
  await sql.end();
  const shown = weir("admin", "list");
  expect(shown.stdout).toContain(String.raw`\u{1b}[31m\u{9b}31m\u{202e}key\u{d}\nok    forged `);
  expect(shown.stdout.trim().split("\n")).toHaveLength(1);
  expect(shown.stdout + shown.stderr).not.toMatch(obeyed);
  const { stdout } = weir("admin", "list", "--json");
  expect(stdout.replace(/\n$/, "")).not.toMatch(/[\p{Cc}\p{Cf}]/u);
  expect(JSON.parse(stdout)).toMatchObject({ users: [{ email: hostile, name: hostile }] });
});

test("an error that quotes what was typed is visible text too", () => {
  const { status, stdout, stderr } = weir(hostile);
  expect(status).toBe(2);
  expect(stdout).toBe("");
  expect(stderr).toContain("Unknown command");
  expect(stderr).not.toMatch(obeyed);
});

test("only the door of the command line writes text", () => {
  const files = readdirSync(import.meta.dirname, { recursive: true, encoding: "utf8" }).filter(
    (file) => file.endsWith(".ts") && !file.endsWith(".test.ts"),
  );
  const writers = files.filter((file) =>
    /\bconsole\.|\bstd(?:out|err)\.write\b/.test(readFileSync(join(import.meta.dirname, file), "utf8")),
  );
  expect(writers).toEqual(["main.ts"]);
});
