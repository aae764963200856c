import { randomUUID } from "node:crypto";
import {
  chmodSync,
  closeSync,
  fchmodSync,
  fchownSync,
  fsyncSync,
  openSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { systemCode } from "../service-error";
import type { RunAs } from "../system-user";

/**
 * Writes a file that only `owner` can read, under another name first: a reader never sees part of it, a power failure
 * leaves the old or the new one, and a symbolic link in its place is replaced, not followed.
 */
export function writePrivateFile(file: string, text: string, owner: RunAs = {}): void {
  const draft = `${file}.${randomUUID()}.new`;
  try {
    const handle = openSync(draft, "wx", 0o600);
    try {
      // The mode above is subject to the umask.
      fchmodSync(handle, 0o600);
      if (owner.uid !== undefined && owner.gid !== undefined) fchownSync(handle, owner.uid, owner.gid);
      writeFileSync(handle, text);
      fsyncSync(handle);
    } finally {
      closeSync(handle);
    }
    renameSync(draft, file);
  } catch (error) {
    rmSync(draft, { force: true });
    throw error;
  }
}

/** Opens a new log that only this user can read. The one before stays under `<file>.previous`. */
export function openPrivateLog(file: string): number {
  try {
    renameSync(file, `${file}.previous`);
    chmodSync(`${file}.previous`, 0o600);
  } catch (error) {
    if (systemCode(error) !== "ENOENT") throw error;
  }
  return openSync(file, "wx", 0o600);
}

/** Removes every other account's access to a file or folder. Returns whether another account had access; false if it is missing. */
export function closeToOthers(path: string): boolean {
  try {
    const mode = statSync(path).mode & 0o777;
    if ((mode & 0o077) === 0) return false;
    chmodSync(path, mode & 0o700);
    return true;
  } catch (error) {
    if (systemCode(error) === "ENOENT") return false;
    throw error;
  }
}
