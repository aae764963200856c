import { fullDisk } from "./run-program";

/** A service could not be started or found. The message is one line for the person at the terminal: what is wrong, where, and what helps. */
export class ServiceError extends Error {
  override readonly name = "ServiceError";
}

/** The text of whatever was thrown. */
export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

/** The system's code of a failed call (`ENOENT`, …); null when there is none. */
export function systemCode(error: unknown): string | null {
  return error instanceof Error && "code" in error && typeof error.code === "string" ? error.code : null;
}

/**
 * Turns what a call or a program said about a full disk into the one line that helps.
 * Anything else comes back as it is.
 */
export function explainFullDisk(error: unknown, folder: string): unknown {
  const full = systemCode(error) === "ENOSPC" || fullDisk.test(messageOf(error));
  return full
    ? new ServiceError(
        `The disk that holds ${folder} is full. Free some space, or set DATA_DIR to a folder on another disk.`,
      )
    : error;
}
