import { spawn } from "node:child_process";
import { chmodSync, closeSync, mkdtempSync, openSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { env } from "@/env.js";
import { setVariables } from "./bootstrap/environment.js";
import { readServicesState } from "@weir/embedded";
import { loadFeatures } from "@/server/features";
import { migrateAll, withCopies } from "@/server/migrations";
import type { FeatureServers } from "@/server/rpc/feature-server";
import { ensureChromium } from "./chromium";
import { e2eAccounts, prepareAccounts } from "./e2e-accounts";
import { endProcess, freePort, waitUntil } from "@weir/embedded/processes";
import { cleanUpOnDeath } from "@weir/embedded/cleanup-on-death";

const unset = [
  "DATABASE_URL",
  "REDIS_URL",
  "QUEUE_REDIS_URL",
  "PUBLIC_ORIGIN",
  "AUTH_SECRET",
  "KEY_PREFIX",
  "MIGRATE",
  "SEED",
  "WEIR_DISABLE",
];

/** The database of this server has no tables of other programs: features that read some get empty copies. */
async function copyForeignTables(dataDir: string): Promise<void> {
  const all: FeatureServers = await loadFeatures();
  const reading = Object.fromEntries(Object.entries(all).filter(([, { copies }]) => copies !== undefined));
  const url = (await readServicesState(dataDir))?.postgres?.url;
  if (url !== undefined && Object.keys(reading).length > 0) await migrateAll(url, withCopies(reading));
}

async function answers(url: string): Promise<boolean> {
  try {
    const response = await fetch(url);
    await response.body?.cancel();
    return response.ok;
  } catch {
    return false;
  }
}

export type E2eServer = {
  origin: string;
  dataDir: string;
  /** Stops everything and removes the folder. A cleanup process does so if this one dies. */
  close: () => Promise<void>;
};

/**
 * The production build on a free port, with its own services, data in a temporary folder, and an administrator.
 * `settings` are further variables, as `NAME=value`.
 */
export async function openE2eServer(settings: readonly string[] = []): Promise<E2eServer> {
  const folder = mkdtempSync(join(tmpdir(), "weir-e2e-"));
  chmodSync(folder, 0o755);
  const cleanup = cleanUpOnDeath(folder);
  const origin = `http://127.0.0.1:${await freePort()}`;
  const logFile = join(folder, "server.log");
  const log = openSync(logFile, "w");
  const variables = [
    "NODE_ENV=production",
    "HOST=127.0.0.1",
    `PORT=${new URL(origin).port}`,
    `DATA_DIR=${join(folder, "data")}`,
    `ADMIN_EMAIL=${e2eAccounts.admin.email}`,
    `ADMIN_PASSWORD=${e2eAccounts.admin.password}`,
    // Lets a test use its own address where attempts are counted by address.
    "TRUSTED_PROXIES=127.0.0.1",
    ...settings,
  ];
  const server = spawn(
    "env",
    [...unset.flatMap((name) => ["-u", name]), ...variables, process.execPath, "--enable-source-maps", "dist/main.js"],
    // Outside the terminal's process group: it ends after the tests.
    { detached: true, stdio: ["ignore", log, log] },
  );
  closeSync(log);
  const ended: { why: string | null } = { why: null };
  server.once("error", (error) => (ended.why = error.message));
  server.once("exit", (code, signal) => (ended.why = `it exited with ${code ?? signal}`));
  const { pid } = server;
  if (pid !== undefined) writeFileSync(join(folder, "server.pid"), `${pid}\n`);

  const close = async (): Promise<void> => {
    const steps = [
      { signal: "SIGTERM", withinMs: 30_000 },
      { signal: "SIGKILL", withinMs: 5000 },
    ] as const;
    if (pid !== undefined && ended.why === null) await endProcess(pid, steps);
    rmSync(folder, { recursive: true, force: true, maxRetries: 5 });
    await cleanup.cancel();
  };
  await waitUntil(async () => ended.why !== null || (await answers(`${origin}/readyz`)), 180_000, 100);
  if (ended.why !== null || !(await answers(`${origin}/readyz`))) {
    const said = readFileSync(logFile, "utf8");
    await close();
    throw new Error(`The server was not ready for the tests: ${ended.why ?? "it timed out"}. Its output:\n${said}`);
  }
  return { origin, dataDir: join(folder, "data"), close };
}

// Playwright requires a default export.

/** Playwright's global setup: a Chromium, a server, and a user for each role. Returns a function that stops the server. */
export default async function startServer(): Promise<() => Promise<void>> {
  await ensureChromium({ policy: env.WEIR_INSTALL, log: (line) => console.log(line) });
  const { origin, dataDir, close } = await openE2eServer();
  try {
    await copyForeignTables(dataDir);
    await prepareAccounts(origin);
  } catch (error) {
    await close();
    throw error;
  }
  // Playwright's own default for `baseURL`, inherited by its workers.
  setVariables({ PLAYWRIGHT_TEST_BASE_URL: origin });
  return close;
}
