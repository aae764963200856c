import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { startTemporaryServices, type TemporaryServices } from "@weir/embedded";
import { freePort, waitUntil } from "@weir/embedded/processes";
import postgres from "postgres";
import { env } from "../src/env.js";
import { environmentWith } from "../src/dev/bootstrap/environment.js";
import { createOutsideApp, type Running, startProgram, typeCheck } from "./fixtures/outside-project";
import { fillIn } from "./fixtures/sign-in";
import { expect, test } from "./fixtures/test";

// An application outside the repository with the engines from tarballs, and Weir beside it as its dashboard.
test.describe.configure({ mode: "serial", timeout: 180_000 });

const admin = { email: "ada@example.com", password: "correct horse battery staple" };
const maxWiringLines = 40;

let folder: string;
let services: TemporaryServices;
let app: Running & { origin: string };
let dashboard: Running & { origin: string };

async function answers(url: string): Promise<boolean> {
  try {
    return (await fetch(url, { redirect: "manual" })).status < 400;
  } catch {
    return false;
  }
}

/** Starts a program that listens on `PORT`; resolves when `path` responds. */
async function serve(args: readonly string[], cwd: string, path: string, variables: Record<string, string>) {
  const port = await freePort();
  const { databaseUrl: DATABASE_URL, redisUrl: REDIS_URL, queueRedisUrl: QUEUE_REDIS_URL } = services;
  const urls = { DATABASE_URL, REDIS_URL, QUEUE_REDIS_URL, KEY_PREFIX: "weir:", PORT: String(port) };
  const running = startProgram(args, cwd, environmentWith({ ...urls, ...variables }));
  const origin = `http://127.0.0.1:${port}`;
  await waitUntil(async () => running.child.exitCode !== null || (await answers(`${origin}${path}`)), 90_000, 100);
  if (running.child.exitCode !== null) throw new Error(`${args.join(" ")} ended:\n${running.output()}`);
  return { ...running, origin };
}

const startDashboard = (variables: Record<string, string> = {}) =>
  serve(["--enable-source-maps", "dist/main.js", "--role", "dashboard"], process.cwd(), "/readyz", {
    NODE_ENV: "production",
    AUTH_SECRET: "a secret of the tests with 32 characters",
    ADMIN_EMAIL: admin.email,
    ADMIN_PASSWORD: admin.password,
    PUBLIC_ORIGIN: "",
    ...variables,
  });

test.beforeAll(async () => {
  // It packs nine packages and compiles them.
  test.setTimeout(240_000);
  folder = await mkdtemp(join(tmpdir(), "weir-outside-"));
  [services] = await Promise.all([startTemporaryServices({ install: env.WEIR_INSTALL }), createOutsideApp(folder)]);
});
test.afterAll(async () => {
  await app?.stop();
  await dashboard?.stop();
  await services.close();
  await rm(folder, { recursive: true, force: true, maxRetries: 5 });
});

test("an application takes the engines in 40 lines, and the strictest compiler accepts them", async () => {
  const wiring = await readFile(join(folder, "server.ts"), "utf8");
  expect(wiring.trimEnd().split("\n").length).toBeLessThanOrEqual(maxWiringLines);
  expect(await readFile("docs/packages.md", "utf8")).toContain(wiring);
  expect(await typeCheck(folder, { libraries: false })).toBe("");
  const inLibraries = await typeCheck(folder, { libraries: true });
  expect(inLibraries.split("\n").filter((line) => line.includes("node_modules/@weir/"))).toEqual([]);
});

/** The outcome of a read of the note as the application reports it: `l1`, `l2`, `miss`, … */
async function readNote(id: number): Promise<string | undefined> {
  const input = encodeURIComponent(JSON.stringify({ id }));
  const response = await fetch(`${app.origin}/api/trpc/note.byId?input=${input}`);
  expect(response.status).toBe(200);
  return /cache;desc="note\.byId (\w+)"/.exec(response.headers.get("server-timing") ?? "")?.[1];
}

test("it migrates beside the dashboard, serves pages and calls, and its writes invalidate", async () => {
  const { databaseUrl } = services;
  const migrating = startProgram(
    ["--import", "tsx", "migrate.ts"],
    folder,
    environmentWith({ DATABASE_URL: databaseUrl }),
  );
  await waitUntil(async () => migrating.child.exitCode !== null, 30_000, 50);
  expect(migrating.child.exitCode, migrating.output()).toBe(0);

  [app, dashboard] = await Promise.all([
    serve(["--import", "tsx", "server.ts"], folder, "/", { NODE_ENV: "development" }),
    startDashboard(),
  ]);
  expect(await (await fetch(app.origin)).text()).toContain("<h1>Notes</h1>");
  expect(await readNote(1)).toBe("miss");
  await expect.poll(() => readNote(1)).toBe("l1");
  const written = await fetch(`${app.origin}/api/trpc/note.update`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ id: 1, text: "Changed" }),
  });
  expect(written.status).toBe(200);
  expect(await readNote(1)).toBe("miss");
});

test("the dashboard shows its node, group, statement and procedure, and invalidates its cache", async ({
  page,
  expectComplaint,
}) => {
  // The sign-in page comes with the status of a page that needs a session.
  expectComplaint(/401/);
  for (let count = 0; count < 40; count += 1) await readNote(1 + (count % 4));

  // No feature is in this process: neither its page, nor its procedures, nor its tables.
  await page.goto(`${dashboard.origin}/`);
  await expect(page).toHaveURL(`${dashboard.origin}/admin`);
  expect((await fetch(`${dashboard.origin}/api/trpc/country.list`)).status).toBe(404);
  const sql = postgres(services.databaseUrl, { max: 1 });
  const [found] = await sql`select to_regclass('notes') as notes, to_regclass('cities') as cities`;
  await sql.end();
  expect(found).toEqual({ notes: "notes", cities: null });

  await fillIn(page, admin.email, admin.password);
  await expect(page.locator('#groups [data-row="note.byId"]')).toContainText("%");
  await expect(page.locator('#statements [data-row="notes.byId"]')).toBeVisible();
  await expect(page.locator('#procedures [data-row="note.byId"]')).toBeVisible();
  await expect(page.getByTestId("nodes")).toContainText("2 nodes");
  await expect(page.getByTestId("nodes").locator('[title^="notes-"]')).toHaveCount(1);
  const nodes = await page.request.get(`${dashboard.origin}/api/trpc/insights.nodes`);
  expect(await nodes.text()).toMatch(/"role":"notes".*"role":"dashboard"|"role":"dashboard".*"role":"notes"/);

  const dialog = page.getByRole("dialog", { name: "Invalidate" });
  const purge = async (preview: RegExp, confirmation: string): Promise<void> => {
    await expect(page.getByTestId("preview")).toContainText(preview);
    await dialog.getByRole("radio", { name: /^Every node/ }).check();
    await dialog.getByRole("textbox", { name: "Confirm" }).fill(confirmation);
    await dialog.getByRole("button", { name: "Purge" }).click();
    await expect(dialog.locator('[data-result="applied"]')).toContainText("All live nodes have applied it.");
  };
  await expect.poll(() => readNote(2)).toBe("l1");
  await page.getByRole("button", { name: "Invalidate note.byId…" }).click();
  await purge(/Affects \d+ entries in note\.byId\./, "note.byId");
  expect(await readNote(2)).toBe("miss");

  await readNote(3);
  await page.goto(`${dashboard.origin}/admin?invalidate=tags:note:2`);
  await purge(/Affects 1 entry in note\.byId\./, "note:2");
  expect(await readNote(3)).toBe("l1");
  expect(await readNote(2)).toBe("miss");
});

test("without the services of an application it names what is missing", async () => {
  const variables = { DATABASE_URL: "", QUEUE_REDIS_URL: "", DATA_DIR: folder };
  await expect(startDashboard(variables)).rejects.toThrow(/Set DATABASE_URL, QUEUE_REDIS_URL to/);
});
