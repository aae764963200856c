import { spawn } from "node:child_process";
import type { ChildProcess } from "node:child_process";
import { watch } from "node:fs";
import { join } from "node:path";
import { env } from "@/env.js";
import { setVariables } from "./bootstrap/environment.js";
import { type DeathCleanup, endOnDeath } from "@weir/embedded/cleanup-on-death";
import { messageOf, ServiceError, type Services, startServices } from "@weir/embedded";
import { onStopSignal } from "@weir/embedded/processes";

/** Whether the server has to start again when this file changes. Pages and components reload through Next. */
const isOfServer = (path: string): boolean =>
  /\.(?:ts|js)$/.test(path) && !/\.(?:test|e2e)\.ts$|(?:^|[\\/])(?:app|bench|dev|ui)[\\/]/.test(path);
/** Editors write a file in several steps, and a formatter writes many files. */
const settleMs = 150;
/** Open pages are not worth a longer wait. */
const stopWithinMs = 3_000;

let services: Services | null = null;
let server: ChildProcess | null = null;
let cleanup: DeathCleanup | null = null;
let stopping = false;

async function finish(exitCode: number): Promise<never> {
  await cleanup?.cancel();
  await services?.close();
  process.exit(exitCode);
}

function fail(error: unknown): never {
  console.error(`weir  ${error instanceof ServiceError ? error.message : messageOf(error)}`);
  process.exit(1);
}

onStopSignal(
  () => {
    stopping = true;
    if (server === null) finish(0).catch(fail);
    else server.kill("SIGTERM");
  },
  () => void server?.kill("SIGKILL"),
);

try {
  services = await startServices({
    dataDir: env.DATA_DIR,
    need: {
      postgres: env.DATABASE_URL === undefined,
      cache: env.REDIS_URL === undefined,
      queue: env.QUEUE_REDIS_URL === undefined,
    },
    log: (line) => console.log(`weir  ${line}`),
    install: env.WEIR_INSTALL,
  });
} catch (error) {
  fail(error);
}
if (stopping) await finish(0);

const addresses = {
  DATABASE_URL: services.databaseUrl,
  REDIS_URL: services.redisUrl,
  QUEUE_REDIS_URL: services.queueRedisUrl,
};
// For the child the embedded Postgres has a URL like any other.
if (env.DATABASE_URL === undefined && env.SEED === "auto") setVariables({ SEED: "on" });
// Inherited by the child. The services outlive its restarts.
for (const [name, url] of Object.entries(addresses)) {
  if (url !== null) setVariables({ [name]: url });
}

function startServer(): void {
  server = spawn(
    process.execPath,
    ["--import", "tsx", "src/main.ts", ...process.argv.slice(2)],
    // Outside the terminal's process group: it gets Ctrl-C once, from here.
    { stdio: "inherit", detached: true },
  );
  cleanup = server.pid === undefined ? null : endOnDeath(server.pid);
  server.once("error", (error) => {
    console.error(`weir  ${messageOf(error)}`);
  });
  server.once("close", (code) => {
    void cleanup?.cancel();
    server = null;
    if (stopping) finish(0).catch(fail);
    else if (isRestarting) startServer();
    else console.error(`weir  The server exited with code ${code ?? "unknown"}. Save a file to start it again.`);
    isRestarting = false;
  });
}

let isRestarting = false;
let settled: NodeJS.Timeout | undefined;

function restart(path: string): void {
  if (stopping || isRestarting) return;
  console.log(`weir  ${path} changed, restarting …`);
  if (server === null) return startServer();
  isRestarting = true;
  const stopped = server;
  stopped.kill("SIGTERM");
  setTimeout(() => stopped.kill("SIGKILL"), stopWithinMs).unref();
}

for (const folder of ["src", "packages"]) {
  watch(folder, { recursive: true }, (_event, name) => {
    if (name === null || !isOfServer(name)) return;
    clearTimeout(settled);
    settled = setTimeout(restart, settleMs, join(folder, name));
  });
}
startServer();
