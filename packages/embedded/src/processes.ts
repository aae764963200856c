import { spawn, type SpawnOptions } from "node:child_process";
import { existsSync, readFileSync, readlinkSync, statSync } from "node:fs";
import { createServer } from "node:net";
import { setTimeout as pause } from "node:timers/promises";
import { systemCode } from "./service-error";

export type ProgramResult = { code: number | null; output: string };

export type ProgramOptions = Pick<SpawnOptions, "cwd" | "env" | "uid" | "gid" | "argv0"> & {
  timeoutMs?: number;
  /** Its standard input; empty by default. */
  input?: string;
};

/**
 * The environment of the services and their tools: without variables that change their behaviour (PGPORT, …) or translate
 * their output. NODE_ENV is included because Next's types require it in every environment.
 */
export const plainEnvironment: NodeJS.ProcessEnv = { LC_ALL: "C", PATH: "/usr/bin:/bin", NODE_ENV: "production" };

/**
 * Runs a program to its end. Resolves with its exit code and everything it wrote to stdout and stderr. For a program that
 * cannot be started or exceeds the time limit, the code is null and `output` says why.
 */
export function runProgram(
  file: string,
  args: readonly string[],
  options: ProgramOptions = {},
): Promise<ProgramResult> {
  const { timeoutMs, input = "", ...rest } = options;
  return new Promise((resolve) => {
    let output = "";
    const child = spawn(file, args, { ...rest, stdio: "pipe", timeout: timeoutMs });
    // Fails when the program ended before it read everything.
    child.stdin.on("error", () => {});
    child.stdin.end(input);
    const collect = (chunk: Buffer): void => {
      output += chunk.toString();
    };
    child.stdout.on("data", collect);
    child.stderr.on("data", collect);
    child.once("error", (error) => resolve({ code: null, output: error.message }));
    child.once("close", (code) => {
      resolve({ code, output: code === null ? `${output}\n${file} was killed or took too long.` : output });
    });
  });
}

/** The last line that is not empty. */
export function lastLine(text: string): string {
  return text.trim().split("\n").at(-1)?.trim() ?? "";
}

/** The fields of /proc/<pid>/stat after the command's name, which may itself contain spaces and brackets. */
function procStat(pid: number): string[] | null {
  try {
    const text = readFileSync(`/proc/${pid}/stat`, "utf8");
    return text.slice(text.lastIndexOf(")") + 2).split(" ");
  } catch {
    return null;
  }
}

/** Whether the process is running. A zombie is not: it holds no file and no port, although signals still reach it. */
export function processIsAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
  } catch (error) {
    if (systemCode(error) !== "EPERM") return false;
  }
  const state = procStat(pid)?.[0];
  return state !== "Z" && state !== "X";
}

/** When the process started, in the kernel's ticks since boot; null on systems without /proc or when it has ended. */
export function processStartTime(pid: number): string | null {
  return procStat(pid)?.[19] ?? null;
}

/**
 * Whether the process may be one that `uid` started in this folder. If its folder is not readable, its user decides;
 * on systems without /proc any process may be.
 */
export function mayRunIn(folder: string, uid: number | undefined, pid: number): boolean {
  try {
    return readlinkSync(`/proc/${pid}/cwd`) === folder;
  } catch {
    try {
      return statSync(`/proc/${pid}`).uid === (uid ?? process.getuid?.());
    } catch {
      return !existsSync("/proc/self");
    }
  }
}

/** Sends the signal; ignores a process that has ended. */
function signalProcess(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(pid, signal);
  } catch (error) {
    if (systemCode(error) !== "ESRCH") throw error;
  }
}

/** Sends the signals one after another, each after the time limit of the one before. Resolves to whether the process ended. */
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

const signals = ["SIGINT", "SIGTERM", "SIGHUP"] as const;

/** npm forwards a Ctrl-C that the terminal has delivered already: a signal this soon is the same keystroke. */
const sameKeystrokeMs = 500;

/**
 * Calls `stop` at the first signal that asks this process to end, and `force` at each later keystroke. Both must end the
 * process themselves.
 */
export function onStopSignal(stop: (signal: NodeJS.Signals) => void, force: () => void): void {
  let stoppedAt: number | null = null;
  for (const signal of signals) {
    process.on(signal, () => {
      if (stoppedAt === null) {
        stoppedAt = performance.now();
        stop(signal);
      } else if (performance.now() - stoppedAt > sameKeystrokeMs) force();
    });
  }
}

function tryPort(port: number): Promise<number | null> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once("error", () => resolve(null));
    server.listen(port, "127.0.0.1", () => {
      const address = server.address();
      const bound = address !== null && typeof address !== "string" ? address.port : null;
      server.close(() => resolve(bound));
    });
  });
}

/** Returns a TCP port of 127.0.0.1 that was free a moment ago: the preferred one, else one that the system chooses. */
export async function freePort(preferred?: number): Promise<number> {
  const port = (preferred === undefined ? null : await tryPort(preferred)) ?? (await tryPort(0));
  if (port === null) throw new Error("The system has no free port on 127.0.0.1.");
  return port;
}

/**
 * Polls `condition` until it is true. Resolves to false when `timeoutMs` passes first; rejects when `condition` throws.
 */
export async function waitUntil(
  condition: () => boolean | Promise<boolean>,
  timeoutMs: number,
  everyMs = 25,
): Promise<boolean> {
  const deadline = performance.now() + timeoutMs;
  for (;;) {
    if (await condition()) return true;
    if (performance.now() >= deadline) return false;
    await pause(everyMs);
  }
}
