import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { chmodSync, mkdtempSync, readdirSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from "vitest";
import { readServicesState } from "@weir/embedded";
import { endProcess, plainEnvironment, processIsAlive, waitUntil } from "@weir/embedded/processes";
import { openBundles } from "@weir/testkit/bundles";
import type { InsightsOverview } from "@/admin/insights/contract/overview";
import { readSentence } from "@/admin/overview/ui/verdict-list";
import { notesForFeatures } from "@/dev/test-node";

const bundles = openBundles();
let program: string;
beforeAll(async () => {
  program = await bundles.add(new URL("main.ts", import.meta.url), notesForFeatures);
});
afterAll(() => bundles.remove());

let parent: string;
let dataDir: string;
let child: ChildProcess | null = null;
let ended: Promise<unknown> = Promise.resolve();
beforeEach(() => {
  parent = mkdtempSync(join(tmpdir(), "weir-program-"));
  chmodSync(parent, 0o755);
  dataDir = join(parent, "data");
});
afterEach(async () => {
  if (child?.exitCode === null) child.kill("SIGTERM");
  await ended;
  rmSync(parent, { recursive: true, force: true });
});

const account = { email: "admin@example.org", password: "correct horse battery 9 staple" };

/** The program as `npm start` runs it on a machine without Postgres and Redis, without pages. */
async function start(umask = "022") {
  const script = `umask ${umask}; exec "$0" "$1" --role api`;
  const started = spawn("/bin/sh", ["-c", script, process.execPath, program], {
    stdio: ["ignore", "pipe", "pipe"],
    env: {
      ...plainEnvironment,
      PORT: "0",
      DATA_DIR: dataDir,
      ADMIN_EMAIL: account.email,
      ADMIN_PASSWORD: account.password,
    },
  });
  child = started;
  let said = "";
  for (const stream of [started.stdout, started.stderr])
    stream.on("data", (piece: Buffer) => (said += piece.toString()));
  ended = once(started, "exit");
  const origin = (): string => /API: (http:\/\/localhost:\d+)/.exec(said)?.[1] ?? "";
  await waitUntil(() => origin() !== "" || started.exitCode !== null, 80_000);
  return { said: () => said, origin: origin() };
}

async function signIn(origin: string): Promise<string> {
  const response = await fetch(`${origin}/api/auth/sign-in/email`, {
    method: "POST",
    headers: { "content-type": "application/json", origin },
    body: JSON.stringify(account),
  });
  expect(response.status, await response.clone().text()).toBe(200);
  return response.headers.get("set-cookie")?.split(";", 1)[0] ?? "";
}

test("killed Postgres and Redis restart, and the program recovers and reports it without a restart", async () => {
  const { said, origin } = await start();
  expect(origin, said()).not.toBe("");
  const cookie = await signIn(origin);
  const reads = async (): Promise<boolean> => (await fetch(`${origin}/api/trpc/folder.list`)).status === 200;
  const state = await readServicesState(dataDir);
  const pids = [state?.postgres?.pid, state?.cache?.pid, state?.queue?.pid].filter((pid) => pid !== undefined);
  expect(pids).toHaveLength(3);
  await Promise.all(pids.map((pid) => endProcess(pid, [{ signal: "SIGKILL", withinMs: 5_000 }])));
  for (const label of ["Postgres", "The Redis cache", "The Redis queue"]) {
    const told = (text: string): Promise<boolean> => waitUntil(() => said().includes(text), 30_000);
    expect(await told(`${label} (process`), said()).toBe(true);
    expect(await told(`${label} is running again`), said()).toBe(true);
  }
  expect(await waitUntil(() => fetch(`${origin}/readyz`).then(({ status }) => status === 200), 30_000)).toBe(true);
  // The password check reads Postgres, and counts the attempt in the queue.
  expect(await waitUntil(async () => (await signIn(origin).catch(() => "")) !== "", 30_000)).toBe(true);
  expect(await waitUntil(() => reads().catch(() => false), 30_000), said()).toBe(true);

  let sentence = "";
  await waitUntil(async () => {
    const response = await fetch(`${origin}/api/trpc/insights.overview`, { headers: { cookie } });
    if (!response.ok) return false;
    // What this procedure returns.
    const { result } = (await response.json()) as { result: { data: InsightsOverview } };
    const verdict = result.data.verdicts.find(({ subject }) => subject === "Services");
    sentence = `${verdict?.level}: ${readSentence(verdict?.sentence ?? [])}`;
    return verdict !== undefined;
  }, 30_000);
  expect(sentence).toMatch(
    /^watch: Postgres died at [\d:]{8} UTC and was restarted at [\d:]{8} UTC\. The Redis cache died/,
  );

  const after = await readServicesState(dataDir);
  child?.kill("SIGTERM");
  await ended;
  expect(child?.exitCode).toBe(0);
  const left = [after?.postgres?.pid, after?.cache?.pid, after?.queue?.pid].filter((pid) => pid !== undefined);
  expect(left.map(processIsAlive)).toEqual([false, false, false]);
  expect(readdirSync(dataDir)).not.toContain("owner.json");
});

test("under umask 077 the program starts, and an unusable secret ends it with one line and nothing left running", async () => {
  const first = await start("077");
  expect(first.origin, first.said()).not.toBe("");
  const secret = join(dataDir, "auth-secret");
  expect(statSync(secret).mode & 0o777).toBe(0o600);
  child?.kill("SIGTERM");
  await ended;
  writeFileSync(secret, "");
  const second = await start();
  await ended;
  expect(child?.exitCode).toBe(1);
  expect(second.said()).toContain(`The session secret file cannot be used. ${secret} is empty. Restore it`);
  expect(await readServicesState(dataDir)).toBeNull();
});
