import { spawnSync } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { Worker } from "node:worker_threads";
import { build } from "esbuild";
import { afterEach, beforeEach, expect, test } from "vitest";
import { openDataFolder } from "./data-folder";
import { processStartTime } from "./process-info";
import { ServiceError } from "./service-error";

let parent: string;
beforeEach(() => {
  parent = mkdtempSync(join(tmpdir(), "weir-folder-"));
});
afterEach(() => rmSync(parent, { recursive: true, force: true }));

const ownerFile = (folder: string): string => join(folder, "owner.json");

/** The number of a process that has ended. */
function endedPid(): number {
  return spawnSync(process.execPath, ["-e", ""]).pid;
}

function writeOwner(folder: string, owner: { id: string; pid: number; startTime: string | null }): void {
  writeFileSync(ownerFile(folder), JSON.stringify(owner));
}

function attempt(path: string): string {
  try {
    openDataFolder(path);
    return "owner";
  } catch (error) {
    return error instanceof Error ? error.name : "";
  }
}

test("a second owner is refused in one line that names the folder, the process and the cure", () => {
  const folder = openDataFolder(join(parent, "data"));
  const again = (): unknown => openDataFolder(folder.path);
  expect(again).toThrow(ServiceError);
  expect(again).toThrow(`${folder.path} is in use by process ${process.pid}. Stop that one first, or set DATA_DIR`);
  expect(readdirSync(folder.path)).toEqual(["owner.json"]);
});

test("a released folder is empty of traces and can be taken again", () => {
  const folder = openDataFolder(join(parent, "data"));
  folder.release();
  expect(readdirSync(folder.path)).toEqual([]);
  openDataFolder(folder.path).release();
});

test("an owner that died is followed", () => {
  writeOwner(parent, { id: "dead", pid: endedPid(), startTime: "1" });
  const folder = openDataFolder(parent);
  expect(JSON.parse(readFileSync(ownerFile(parent), "utf8"))).toMatchObject({ pid: process.pid });
  expect(readdirSync(parent)).toEqual(["owner.json"]);
  folder.release();
});

test("a process that was given the dead owner's number is not the owner, where the system tells them apart", () => {
  writeOwner(parent, { id: "dead", pid: process.pid, startTime: "1" });
  const outcome = attempt(parent);
  expect(outcome).toBe(processStartTime(process.pid) === null ? "ServiceError" : "owner");
});

test("an heir that died before it moved in is followed too", () => {
  writeOwner(parent, { id: "first", pid: endedPid(), startTime: "1" });
  writeFileSync(join(parent, "owner.first.heir"), JSON.stringify({ id: "second", pid: endedPid(), startTime: "1" }));
  openDataFolder(parent);
  expect(readdirSync(parent)).toEqual(["owner.json"]);
});

test("while an heir that lives moves in, nobody else does", () => {
  writeOwner(parent, { id: "first", pid: endedPid(), startTime: "1" });
  const heir = { id: "second", pid: process.ppid, startTime: processStartTime(process.ppid) };
  writeFileSync(join(parent, "owner.first.heir"), JSON.stringify(heir));
  expect(() => openDataFolder(parent)).toThrow(`in use by process ${process.ppid}`);
});

test("an owner's file that cannot be understood names nobody", () => {
  writeFileSync(ownerFile(parent), '{"pid":');
  openDataFolder(parent);
  expect(JSON.parse(readFileSync(ownerFile(parent), "utf8"))).toMatchObject({ pid: process.pid });
});

test("releasing gives up one's own claim only", () => {
  const folder = openDataFolder(parent);
  writeOwner(parent, { id: "another", pid: process.ppid, startTime: null });
  folder.release();
  expect(existsSync(ownerFile(parent))).toBe(true);
});

test("a path that is no folder is explained in one line", () => {
  const file = join(parent, "file");
  writeFileSync(file, "");
  expect(() => openDataFolder(file)).toThrow(ServiceError);
  expect(() => openDataFolder(join(file, "data"))).toThrow(/cannot be used \(ENOTDIR.*Set DATA_DIR/);
});

const taker = `
  const { parentPort, workerData } = require("node:worker_threads");
  import(workerData).then(({ openDataFolder }) => {
    parentPort.on("message", ({ folder, gate }) => {
      Atomics.wait(new Int32Array(gate), 0, 0);
      try {
        openDataFolder(folder);
        parentPort.postMessage("owner");
      } catch (error) {
        parentPort.postMessage(error.name);
      }
    });
    parentPort.postMessage("loaded");
  });
`;

async function nextMessage(worker: Worker): Promise<unknown> {
  const [message] = await once(worker, "message");
  return message;
}

test("of many that follow a dead owner at the same moment exactly one becomes the owner", async () => {
  const dead = endedPid();
  // Threads know no TypeScript.
  const bundle = join(parent, "data-folder.mjs");
  await build({
    entryPoints: ["packages/embedded/src/data-folder.ts"],
    outfile: bundle,
    bundle: true,
    platform: "node",
    format: "esm",
  });
  const options = { eval: true, workerData: pathToFileURL(bundle).href };
  const workers = Array.from({ length: 4 }, () => new Worker(taker, options));
  try {
    expect(await Promise.all(workers.map(nextMessage))).toEqual(workers.map(() => "loaded"));
    for (let round = 0; round < 150; round += 1) {
      const folder = mkdtempSync(join(parent, "round-"));
      writeOwner(folder, { id: "dead", pid: dead, startTime: "1" });
      const gate = new SharedArrayBuffer(4);
      const answers = workers.map(nextMessage);
      // A thread has no origin to name.
      // oxlint-disable-next-line unicorn/require-post-message-target-origin
      for (const worker of workers) worker.postMessage({ folder, gate });
      Atomics.store(new Int32Array(gate), 0, 1);
      Atomics.notify(new Int32Array(gate), 0);
      const outcomes = await Promise.all(answers);
      expect(outcomes.filter((outcome) => outcome === "owner")).toHaveLength(1);
      expect(outcomes.filter((outcome) => outcome === "ServiceError")).toHaveLength(workers.length - 1);
    }
  } finally {
    await Promise.all(workers.map((worker) => worker.terminate()));
  }
}, 60_000);
