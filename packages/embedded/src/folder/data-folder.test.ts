import { spawnSync } from "node:child_process";
import { once } from "node:events";
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { Worker } from "node:worker_threads";
import { build } from "esbuild";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { openDataFolder, serviceHome } from "./data-folder";
import { processStartTime } from "../processes";
import { messageOf, ServiceError } from "../service-error";

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

test("a second owner is refused in one line that names the folder, the process and the fix", () => {
  const folder = openDataFolder(join(parent, "data"));
  const again = (): unknown => openDataFolder(folder.path);
  expect(again).toThrow(ServiceError);
  expect(again).toThrow(`${folder.path} is in use by process ${process.pid}. Stop that process first, or set DATA_DIR`);
  expect(readdirSync(folder.path)).toEqual(["owner.json"]);
});

test("a released folder is empty and can be taken again", () => {
  const folder = openDataFolder(join(parent, "data"));
  folder.release();
  expect(readdirSync(folder.path)).toEqual([]);
  openDataFolder(folder.path).release();
});

test("a dead owner is replaced", () => {
  writeOwner(parent, { id: "dead", pid: endedPid(), startTime: "1" });
  const folder = openDataFolder(parent);
  expect(JSON.parse(readFileSync(ownerFile(parent), "utf8"))).toMatchObject({ pid: process.pid });
  expect(readdirSync(parent)).toEqual(["owner.json"]);
  folder.release();
});

test("a process with the dead owner's process ID is not the owner, where the system distinguishes them", () => {
  writeOwner(parent, { id: "dead", pid: process.pid, startTime: "1" });
  const outcome = attempt(parent);
  expect(outcome).toBe(processStartTime(process.pid) === null ? "ServiceError" : "owner");
});

test("an heir that died while taking over is replaced too", () => {
  writeOwner(parent, { id: "first", pid: endedPid(), startTime: "1" });
  writeFileSync(join(parent, "owner.first.heir"), JSON.stringify({ id: "second", pid: endedPid(), startTime: "1" }));
  openDataFolder(parent);
  expect(readdirSync(parent)).toEqual(["owner.json"]);
});

test("while a living heir takes over, no other process does", () => {
  writeOwner(parent, { id: "first", pid: endedPid(), startTime: "1" });
  const heir = { id: "second", pid: process.ppid, startTime: processStartTime(process.ppid) };
  writeFileSync(join(parent, "owner.first.heir"), JSON.stringify(heir));
  expect(() => openDataFolder(parent)).toThrow(`in use by process ${process.ppid}`);
});

test("an unreadable owner file counts as that of a dead owner", () => {
  writeFileSync(ownerFile(parent), '{"pid":');
  openDataFolder(parent);
  expect(JSON.parse(readFileSync(ownerFile(parent), "utf8"))).toMatchObject({ pid: process.pid });
});

test("release gives up its own claim only", () => {
  const folder = openDataFolder(parent);
  writeOwner(parent, { id: "another", pid: process.ppid, startTime: null });
  folder.release();
  expect(existsSync(ownerFile(parent))).toBe(true);
});

test("a path that is not a folder is explained in one line", () => {
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

test("of many that replace a dead owner at the same moment exactly one becomes the owner", async () => {
  const dead = endedPid();
  // Threads know no TypeScript.
  const bundle = join(parent, "data-folder.mjs");
  await build({
    entryPoints: ["packages/embedded/src/folder/data-folder.ts"],
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

describe("the folder for the data of the services", () => {
  // Only root can run as another user; for any other user no folder is closed.
  const isRoot = process.getuid?.() === 0;
  const user = isRoot ? { uid: 65_534, gid: 65_534 } : {};

  let closed: string;
  const lines: string[] = [];
  const log = (line: string): void => void lines.push(line);

  beforeEach(() => {
    lines.length = 0;
    chmodSync(parent, 0o755);
    closed = join(parent, "closed");
    mkdirSync(join(closed, "data"), { recursive: true });
    chmodSync(closed, 0o700);
  });

  test("a folder that the user may enter is used itself", async () => {
    expect(await serviceHome({ user, dataDir: parent, fallback: join(parent, "fallback"), log })).toBe(parent);
    expect(lines).toEqual([]);
  });

  test("a folder behind one that the user may not enter is replaced by one elsewhere, the same one each time", async () => {
    const dataDir = join(closed, "data");
    const fallback = join(parent, "fallback");
    const home = await serviceHome({ user, dataDir, fallback, log });
    expect(await serviceHome({ user, dataDir, fallback, log })).toBe(home);
    expect(home.startsWith(fallback)).toBe(isRoot);
    expect(statSync(home).isDirectory()).toBe(true);
    expect(lines.filter((line) => line.includes(`may not enter ${closed}`))).toHaveLength(isRoot ? 2 : 0);
  });

  test("without another place the error names the folder in the way and the fix", async () => {
    const dataDir = join(closed, "data");
    const refused = await serviceHome({ user, dataDir, fallback: null, log }).catch(messageOf);
    expect(refused).toMatch(isRoot ? new RegExp(`under ${closed}, .*EACCES.*Set DATA_DIR`) : dataDir);
    const closedToo = await serviceHome({ user, dataDir, fallback: join(closed, "fallback"), log }).catch(messageOf);
    expect(closedToo).toMatch(isRoot ? /EACCES/ : dataDir);
  });
});
