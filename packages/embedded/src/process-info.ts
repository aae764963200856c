import { readFileSync, readlinkSync } from "node:fs";
import { systemCode } from "./service-error";
import { waitUntil } from "./wait-until";

/** The fields of /proc/<pid>/stat after the command's name, which may itself hold spaces and brackets. */
function procStat(pid: number): string[] | null {
  try {
    const text = readFileSync(`/proc/${pid}/stat`, "utf8");
    return text.slice(text.lastIndexOf(")") + 2).split(" ");
  } catch {
    return null;
  }
}

/** Whether this process runs. A zombie does not: it holds no file and no port, although signals still reach it. */
export function processIsAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
  } catch (error) {
    if (systemCode(error) !== "EPERM") return false;
  }
  const state = procStat(pid)?.[0];
  return state !== "Z" && state !== "X";
}

/** When the process began, in the kernel's ticks since boot; null where the system has no /proc or the process is gone. */
export function processStartTime(pid: number): string | null {
  return procStat(pid)?.[19] ?? null;
}

/** The folder the process stands in; null where that cannot be read. */
export function processFolder(pid: number): string | null {
  try {
    return readlinkSync(`/proc/${pid}/cwd`);
  } catch {
    return null;
  }
}

/** Sends the signal; a process that is gone already is no error. */
function signalProcess(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(pid, signal);
  } catch (error) {
    if (systemCode(error) !== "ESRCH") throw error;
  }
}

/** Sends the signals one after the other, each with the time it may take. Resolves to whether the process ended. */
export async function endProcess(
  pid: number,
  steps: readonly { signal: NodeJS.Signals; withinMs: number }[],
): Promise<boolean> {
  for (const { signal, withinMs } of steps) {
    signalProcess(pid, signal);
    if (await waitUntil(() => !processIsAlive(pid), withinMs)) return true;
  }
  return false;
}
