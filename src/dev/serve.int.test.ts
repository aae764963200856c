import { spawn } from "node:child_process";
import { chmodSync, mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { afterEach, beforeEach, expect, test } from "vitest";
import { readServicesState } from "@weir/embedded";
import { processIsAlive } from "@weir/embedded/processes";

let dataDir: string;
beforeEach(() => {
  dataDir = mkdtempSync(join(tmpdir(), "weir-services-"));
  chmodSync(dataDir, 0o755);
});
afterEach(() => rmSync(dataDir, { recursive: true, force: true }));

/** `npm run services` on the folder, up to its last address. */
async function serve(): Promise<{ pid: number; addresses: string[]; ended: Promise<number | null> }> {
  const child = spawn("env", [`DATA_DIR=${dataDir}`, process.execPath, "--import", "tsx", "src/dev/serve.ts"], {
    stdio: ["ignore", "pipe", "ignore"],
  });
  const ended = new Promise<number | null>((resolve) => void child.once("exit", (code) => resolve(code)));
  const addresses: string[] = [];
  for await (const line of createInterface({ input: child.stdout })) {
    addresses.push(line);
    if (addresses.length === 3) break;
  }
  if (child.pid === undefined) throw new Error("The process did not start.");
  return { pid: child.pid, addresses, ended };
}

test("Ctrl-C that arrives twice, from the terminal and from npm, stops all services in order", async () => {
  const owner = await serve();
  const state = await readServicesState(dataDir);
  expect(owner.addresses).toEqual([
    `DATABASE_URL=${state?.postgres?.url}`,
    `REDIS_URL=${state?.cache?.url}`,
    `QUEUE_REDIS_URL=${state?.queue?.url}`,
  ]);
  process.kill(owner.pid, "SIGINT");
  process.kill(owner.pid, "SIGINT");
  expect(await owner.ended).toBe(0);
  const pids = [state?.postgres?.pid, state?.cache?.pid, state?.queue?.pid].filter((pid) => pid !== undefined);
  expect(pids.map(processIsAlive)).toEqual([false, false, false]);
  expect(readdirSync(dataDir)).not.toContain("owner.json");
});
