import { spawn } from "node:child_process";
import type { ChildProcess } from "node:child_process";
import { env } from "@/env.js";
import { setVariables } from "./bootstrap/environment.js";
import { type DeathCleanup, endOnDeath } from "@weir/embedded/cleanup-on-death";
import { messageOf, ServiceError, type Services, startServices } from "@weir/embedded";
import { onStopSignal } from "@weir/embedded/processes";

const watched = ["src/server", "src/contracts", "src/shared", "src/main.ts", "src/env.js"];

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
    server?.kill("SIGTERM");
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
// What the child inherits. The services outlive its restarts.
for (const [name, url] of Object.entries(addresses)) {
  if (url !== null) setVariables({ [name]: url });
}
server = spawn(
  process.execPath,
  ["--import", "tsx", ...watched.map((path) => `--watch-path=${path}`), "src/main.ts", ...process.argv.slice(2)],
  // Out of the terminal's group: it gets a Ctrl-C from here, once.
  { stdio: "inherit", detached: true },
);
cleanup = server.pid === undefined ? null : endOnDeath(server.pid);
server.once("error", (error) => {
  console.error(`weir  ${messageOf(error)}`);
});
server.once("close", (code) => {
  finish(stopping ? 0 : (code ?? 1)).catch(fail);
});
