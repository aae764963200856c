import { spawn } from "node:child_process";
import { chmodSync, closeSync, mkdtempSync, openSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setVariables } from "./bootstrap/environment.js";
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
  "WEIR_DISABLE",
];

async function answers(url: string): Promise<boolean> {
  try {
    const response = await fetch(url);
    await response.body?.cancel();
    return response.ok;
  } catch {
    return false;
  }
}

// Playwright asks for a default export.

/**
 * Playwright's global setup: a Chromium, and the production build on a free port, with services and data of its own in a temporary folder.
 * Returns what ends it and removes the folder, which also happens when this process dies before it could.
 */
export default async function startServer(): Promise<() => Promise<void>> {
  await ensureChromium((line) => console.log(line));
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
    // So that a test can come from an address of its own, where attempts are counted by address.
    "TRUSTED_PROXIES=127.0.0.1",
  ];
  const server = spawn(
    "env",
    [...unset.flatMap((name) => ["-u", name]), ...variables, process.execPath, "--enable-source-maps", "dist/main.js"],
    // Out of the terminal's group: it ends when the tests have.
    { detached: true, stdio: ["ignore", log, log] },
  );
  closeSync(log);
  const ended: { why: string | null } = { why: null };
  server.once("error", (error) => (ended.why = error.message));
  server.once("exit", (code, signal) => (ended.why = `it ended with ${code ?? signal}`));
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
    throw new Error(
      `The server was not ready for the tests: ${ended.why ?? "it did not say so in time"}. It said:\n${said}`,
    );
  }
  try {
    await prepareAccounts(origin);
  } catch (error) {
    await close();
    throw error;
  }
  // Playwright's own default for `baseURL`, inherited by its workers.
  setVariables({ PLAYWRIGHT_TEST_BASE_URL: origin });
  return close;
}
