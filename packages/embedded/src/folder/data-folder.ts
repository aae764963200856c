import { createHash, randomUUID } from "node:crypto";
import {
  chmodSync,
  linkSync,
  mkdirSync,
  readFileSync,
  realpathSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { dirname, join, resolve } from "node:path";
import { z } from "zod";
import { processIsAlive, processStartTime } from "../processes";
import { explainFullDisk, messageOf, ServiceError, systemCode } from "../service-error";
import { type RunAs, userCanReach } from "../system-user";

const ownerSchema = z.object({ id: z.string(), pid: z.int().positive(), startTime: z.string().nullable() });
type Owner = z.output<typeof ownerSchema>;

export type DataFolder = {
  /** Absolute, without symbolic links. */
  path: string;
  /** Whether this process still owns it: false after `release`, and when another process has taken it over. */
  isOwned: () => boolean;
  /** Releases the folder. The files in it stay. */
  release: () => void;
};

/**
 * Creates the folder and its parents unless they exist, for this user only. For root, the services run as another user, which
 * must be able to pass through them; other accounts still cannot list them.
 */
function makeFolder(path: string): void {
  const made = mkdirSync(path, { recursive: true, mode: 0o700 });
  if (process.getuid?.() !== 0) return;
  const firstLength = made?.length ?? Number.POSITIVE_INFINITY;
  for (let folder = path; folder.length >= firstLength; folder = dirname(folder)) chmodSync(folder, 0o711);
  const { mode } = statSync(path);
  if ((mode & 0o001) === 0) chmodSync(path, (mode & 0o777) | 0o001);
}

/**
 * Creates the folder if it is missing and locks it for this process, until `release` or until the process ends in any way.
 * The lock file contains the owner's process ID and start time; the lock of a dead owner is taken over at once. Throws a
 * ServiceError while another process owns the folder, and when the folder cannot be created or written.
 */
export function openDataFolder(path: string): DataFolder {
  const wanted = resolve(path);
  try {
    makeFolder(wanted);
    const folder = realpathSync(wanted);
    const id = claim(folder);
    const ownerFile = join(folder, "owner.json");
    const isOwned = (): boolean => readOwner(ownerFile)?.id === id;
    const release = (): void => {
      if (isOwned()) rmSync(ownerFile, { force: true });
    };
    return { path: folder, isOwned, release };
  } catch (error) {
    if (error instanceof ServiceError) throw error;
    const explained = explainFullDisk(error, dirname(wanted));
    if (explained instanceof ServiceError) throw explained;
    throw new ServiceError(
      `The data folder ${wanted} cannot be used (${messageOf(error)}). Set DATA_DIR to another folder.`,
    );
  }
}

function claim(folder: string): string {
  const ownerFile = join(folder, "owner.json");
  const id = randomUUID();
  const mine = join(folder, `owner.${id}.json`);
  writeFileSync(
    mine,
    JSON.stringify({ id, pid: process.pid, startTime: processStartTime(process.pid) } satisfies Owner),
    { flag: "wx", mode: 0o600 },
  );
  try {
    for (;;) {
      if (tryLink(mine, ownerFile)) return id;
      const found = inherit(folder, ownerFile, mine);
      if (found === null) return id;
      if (found !== "again") {
        throw new ServiceError(
          `The data folder ${folder} is in use by process ${found.pid}. Stop that process first, or set DATA_DIR to another folder.`,
        );
      }
    }
  } finally {
    rmSync(mine, { force: true });
  }
}

/**
 * Takes over from dead owners. A dead owner has at most one heir, whose ticket carries the dead owner's ID, so that of
 * several processes exactly one takes over. Returns null when `mine` is the owner now, else the running owner, or "again"
 * when the files changed meanwhile.
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

/** Null for a missing file. A file without an owner in it counts as that of a dead one. */
function readOwner(file: string): Owner | null {
  try {
    return ownerSchema.parse(JSON.parse(readFileSync(file, "utf8")));
  } catch (error) {
    const code = systemCode(error);
    if (code !== null && code !== "ENOENT") throw error;
    return code === "ENOENT" ? null : { id: "unreadable", pid: 0, startTime: null };
  }
}

function isRunning(owner: Owner): boolean {
  if (owner.pid === 0 || !processIsAlive(owner.pid)) return false;
  const startTime = processStartTime(owner.pid);
  // Another process may have the same ID since; the start time distinguishes them where the system has it.
  return owner.startTime === null || startTime === null || owner.startTime === startTime;
}

/** Makes `target` a second name of `source`; false when the name is taken. Atomic: the file is never there in part. */
function tryLink(source: string, target: string): boolean {
  try {
    linkSync(source, target);
    return true;
  } catch (error) {
    if (systemCode(error) === "EEXIST") return false;
    throw error;
  }
}

export type ServiceHomeOptions = {
  user: RunAs;
  dataDir: string;
  /** Parent of the data when the user may not enter `dataDir`; null to throw in that case. */
  fallback: string | null;
  log: (line: string) => void;
};

/** The outermost folder of `path` that the user may not enter; null when the user may enter all of them. */
async function blockingFolder(user: RunAs, path: string): Promise<string | null> {
  const folders: string[] = [];
  for (let folder = path; folder !== dirname(folder); folder = dirname(folder)) folders.unshift(folder);
  const reachable = await Promise.all(folders.map((folder) => userCanReach(user, folder)));
  return folders[reachable.indexOf(false)] ?? null;
}

/**
 * Returns the folder for the data of the services: `dataDir` itself where possible. In a clone under /root it is not: the
 * services run as a system user, which may not enter. Their data then goes to a folder under `fallback` that belongs to
 * this `dataDir` alone, and `log` is called. Rejects with a ServiceError that names the folder in the way and the fix.
 */
export async function serviceHome({ user, dataDir, fallback, log }: ServiceHomeOptions): Promise<string> {
  const blocking = await blockingFolder(user, dataDir);
  if (blocking === null) return dataDir;
  const home =
    fallback === null ? null : join(fallback, createHash("sha256").update(dataDir).digest("hex").slice(0, 12));
  if (home !== null) makeFolder(home);
  if (home !== null && (await blockingFolder(user, home)) === null) {
    log(`The system user "postgres" may not enter ${blocking}: the data of Postgres and Redis is in ${home}.`);
    return home;
  }
  throw new ServiceError(
    `The data folder ${dataDir} lies under ${blocking}, which the system user "postgres" may not enter (EACCES), and Postgres does not run as root. Set DATA_DIR to a folder that every user may enter, for example DATA_DIR=/var/lib/weir.`,
  );
}
