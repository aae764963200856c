import { spawn, type ChildProcess } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { build } from "esbuild";
import { afterEach, beforeEach, expect, test } from "vitest";
import { endProcess, processIsAlive } from "./process-info";
import { waitUntil } from "./wait-until";

let folder: string;
let data: string;
let testator: string;
const children: ChildProcess[] = [];

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), "weir-will-"));
  data = join(folder, "data");
  mkdirSync(join(data, "inner/redis-cache"), { recursive: true });
  const bundle = join(folder, "last-will.mjs");
  await build({
    entryPoints: ["packages/embedded/src/last-will.ts"],
    outfile: bundle,
    bundle: true,
    platform: "node",
    format: "esm",
  });
  testator = `import { leaveLastWill, endWithMe } from ${JSON.stringify(pathToFileURL(bundle).href)};`;
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
  const script = `${testator}\n${code}\nconsole.log("done"); setInterval(() => {}, 1e6);`;
  const child = spawn(process.execPath, ["--input-type=module", "-e", script], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  children.push(child);
  await new Promise((resolve) => void child.stdout.once("data", resolve));
  await endProcess(child.pid ?? 0, [{ signal: "SIGKILL", withinMs: 5000 }]);
}

test("after a kill -9 what has a pid file in the folder is ended and the folder removed, and nothing else", async () => {
  const [named, service, other] = [bystander(), bystander(), bystander()];
  writeFileSync(join(data, "server.pid"), `${named}\n`);
  writeFileSync(join(data, "inner/redis-cache/redis.pid"), `${service}\n`);
  await runAndKill(`leaveLastWill(${JSON.stringify(data)});`);
  expect(await waitUntil(() => !existsSync(data), 15_000)).toBe(true);
  expect([named, service, other].map(processIsAlive)).toEqual([false, false, true]);
});

test("a will that was revoked does nothing", async () => {
  const named = bystander();
  writeFileSync(join(data, "server.pid"), `${named}\n`);
  // Its shell has ended before the revocation resolves: nobody is left who could act after the kill.
  await runAndKill(`await leaveLastWill(${JSON.stringify(data)}).revoke();`);
  expect(existsSync(data)).toBe(true);
  expect(processIsAlive(named)).toBe(true);
});

test("a process that is to end with another does", async () => {
  const heir = bystander();
  await runAndKill(`endWithMe(${heir});`);
  expect(await waitUntil(() => !processIsAlive(heir), 15_000)).toBe(true);
});
