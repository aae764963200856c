import { randomUUID } from "node:crypto";
import { chmodSync, linkSync, mkdirSync, readFileSync, realpathSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { z } from "zod";
import { processIsAlive, processStartTime } from "./process-info";
import { explainFullDisk, messageOf, ServiceError, systemCode } from "./service-error";

const ownerSchema = z.object({ id: z.string(), pid: z.int().positive(), startTime: z.string().nullable() });
type Owner = z.output<typeof ownerSchema>;

export type DataFolder = {
  /** Absolute, without symbolic links. */
  path: string;
  /** Gives the folder up. The files in it stay. */
  release: () => void;
};

/** Null for a missing file. A file that cannot be understood names nobody, and so a dead owner. */
function readOwner(file: string): Owner | null {
  try {
    return ownerSchema.parse(JSON.parse(readFileSync(file, "utf8")));
  } catch (error) {
    return systemCode(error) === "ENOENT" ? null : { id: "unreadable", pid: 0, startTime: null };
  }
}

function isRunning(owner: Owner): boolean {
  if (owner.pid === 0 || !processIsAlive(owner.pid)) return false;
  const startTime = processStartTime(owner.pid);
  // Another process may have been given the number since; the start time tells the two apart where the system knows it.
  return owner.startTime === null || startTime === null || owner.startTime === startTime;
}

/** Makes `target` a second name of `source`; false when the name is taken. Either all of the file is there or nothing. */
function tryLink(source: string, target: string): boolean {
  try {
    linkSync(source, target);
    return true;
  } catch (error) {
    if (systemCode(error) === "EEXIST") return false;
    throw error;
  }
}

/**
 * Takes the place of dead owners. A dead owner has one heir at most, whose ticket carries the dead one's id, so that of
 * several takers exactly one follows it. Returns null when `mine` is the owner now, the running owner otherwise, or
 * "again" when the files changed meanwhile.
 */
function inherit(folder: string, ownerFile: string, mine: string): Owner | "again" | null {
  const tickets: string[] = [];
  const first = readOwner(ownerFile);
  if (first === null) return "again";
  let holder: Owner | null = first;
  while (holder !== null && !isRunning(holder)) {
    const ticket = join(folder, `owner.${holder.id}.heir`);
    tickets.push(ticket);
    if (tryLink(mine, ticket)) {
      const unchanged = readOwner(ownerFile)?.id === first.id;
      if (unchanged) renameSync(mine, ownerFile);
      for (const used of unchanged ? tickets : [ticket]) rmSync(used, { force: true });
      return unchanged ? null : "again";
    }
    holder = readOwner(ticket);
  }
  return holder ?? "again";
}

function claim(folder: string): string {
  const ownerFile = join(folder, "owner.json");
  const id = randomUUID();
  const mine = join(folder, `owner.${id}.json`);
  writeFileSync(
    mine,
    JSON.stringify({ id, pid: process.pid, startTime: processStartTime(process.pid) } satisfies Owner),
    {
      flag: "wx",
    },
  );
  try {
    for (;;) {
      if (tryLink(mine, ownerFile)) return id;
      const found = inherit(folder, ownerFile, mine);
      if (found === null) return id;
      if (found !== "again") {
        throw new ServiceError(
          `The data folder ${folder} is in use by process ${found.pid}. Stop that one first, or set DATA_DIR to another folder.`,
        );
      }
    }
  } finally {
    rmSync(mine, { force: true });
  }
}

/**
 * Makes the folder where it is missing and takes it for this process alone, until `release` or the process's end,
 * however that comes. The owner's file names the process and when it began; the owner that died is followed at once.
 * Fails with a ServiceError while another process has it, and where the folder cannot be made or written.
 */
export function openDataFolder(path: string): DataFolder {
  const wanted = resolve(path);
  try {
    const made = mkdirSync(wanted, { recursive: true });
    // The services may run as another user, who has to pass through.
    if (made !== undefined) chmodSync(wanted, 0o755);
    const folder = realpathSync(wanted);
    const id = claim(folder);
    return {
      path: folder,
      release: () => {
        const ownerFile = join(folder, "owner.json");
        if (readOwner(ownerFile)?.id === id) rmSync(ownerFile, { force: true });
      },
    };
  } catch (error) {
    if (error instanceof ServiceError) throw error;
    const explained = explainFullDisk(error, dirname(wanted));
    if (explained instanceof ServiceError) throw explained;
    throw new ServiceError(
      `The data folder ${wanted} cannot be used (${messageOf(error)}). Set DATA_DIR to a folder that can.`,
    );
  }
}
