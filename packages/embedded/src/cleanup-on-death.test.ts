import { spawn, type ChildProcess } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { build } from "esbuild";
import { afterEach, beforeEach, expect, test } from "vitest";
import { endProcess, processIsAlive, waitUntil } from "./processes";

let folder: string;
let data: string;
let importLine: string;
const children: ChildProcess[] = [];

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), "weir-cleanup-"));
  data = join(folder, "data");
  mkdirSync(join(data, "inner/redis-cache"), { recursive: true });
  const bundle = join(folder, "cleanup.mjs");
  await build({
    entryPoints: ["packages/embedded/src/cleanup-on-death.ts"],
    outfile: bundle,
    bundle: true,
    platform: "node",
    format: "esm",
  });
  importLine = `import { cleanUpOnDeath, endOnDeath } from ${JSON.stringify(pathToFileURL(bundle).href)};`;
});
afterEach(() => {
  for (const child of children.splice(0)) child.kill("SIGKILL");
  rmSync(folder, { recursive: true, force: true });
});

/** A process that waits for its end. */
function bystander(): number {
  const child = spawn(process.execPath, ["-e", "setInterval(() => {}, 1e6)"], { stdio: "ignore" });
  children.push(child);
  return child.pid ?? 0;
}

/** Runs the code in a process of its own until it says that it is done, and then kills it if it is still there. */
async function runAndKill(code: string): Promise<void> {
  const script = `${importLine}\n${code}\nconsole.log("done"); setInterval(() => {}, 1e6);`;
  const child = spawn(process.execPath, ["--input-type=module", "-e", script], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  children.push(child);
  await new Promise((resolve) => void child.stdout.once("data", resolve));
  await endProcess(child.pid ?? 0, [{ signal: "SIGKILL", withinMs: 5000 }]);
}

test("after a kill -9 the processes with a PID file in the folder are killed and the folder is removed, and no other", async () => {
  const [named, service, other] = [bystander(), bystander(), bystander()];
  writeFileSync(join(data, "server.pid"), `${named}\n`);
  writeFileSync(join(data, "inner/redis-cache/redis.pid"), `${service}\n`);
  await runAndKill(`cleanUpOnDeath(${JSON.stringify(data)});`);
  expect(await waitUntil(() => !existsSync(data), 15_000)).toBe(true);
  expect([named, service, other].map(processIsAlive)).toEqual([false, false, true]);
});

test("a cleanup that was cancelled does nothing", async () => {
  const named = bystander();
  writeFileSync(join(data, "server.pid"), `${named}\n`);
  // Its shell has ended before `cancel` resolves: nothing is left that could act after the kill.
  await runAndKill(`await cleanUpOnDeath(${JSON.stringify(data)}).cancel();`);
  expect(existsSync(data)).toBe(true);
  expect(processIsAlive(named)).toBe(true);
});

test("endOnDeath ends the other process", async () => {
  const other = bystander();
  await runAndKill(`endOnDeath(${other});`);
  expect(await waitUntil(() => !processIsAlive(other), 15_000)).toBe(true);
});
