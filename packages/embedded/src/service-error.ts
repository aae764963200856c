/** A service could not be started or found. The message is one line for the terminal: what is wrong, where, and how to fix it. */
export class ServiceError extends Error {
  override readonly name = "ServiceError";
}

/** The message of a thrown value. */
export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

/** The system's code of a failed call (`ENOENT`, …); null when there is none. */
export function systemCode(error: unknown): string | null {
  return error instanceof Error && "code" in error && typeof error.code === "string" ? error.code : null;
}

/** Replaces the error of a call or a program on a full disk with a ServiceError; returns any other error as it is. */
export function explainFullDisk(error: unknown, folder: string): unknown {
  const code = systemCode(error);
  // The second is Postgres' own.
  const full = code === "ENOSPC" || code === "53100" || fullDisk.test(messageOf(error));
  return full
    ? new ServiceError(
        `The disk that contains ${folder} is full. Free some space, or set DATA_DIR to a folder on another disk.`,
      )
    : error;
}

/** How programs report a full disk; Postgres sometimes in a hint only. */
const fullDisk = /no space left on device|check free disk space|wrote only \d+ of \d+ bytes/iu;

/** The line of a server's log that says why it exited: a full disk, else the last fatal error, else the last line. */
export function exitReason(log: string): string {
  const lines = log.trim().split("\n");
  const last = (pattern: RegExp): string | undefined => lines.findLast((line) => pattern.test(line));
  const line = last(fullDisk) ?? last(/FATAL|PANIC/u) ?? lines.at(-1) ?? "";
  return line.replace(/^.*(?:FATAL|PANIC|ERROR): +/u, "") || "it exited without any output";
}
