import { spawn } from "node:child_process";
import { closeSync, openSync, readFileSync } from "node:fs";
import { endProcess, freePort, plainEnvironment, waitUntil } from "./processes";
import { exitReason, messageOf } from "./service-error";
import type { RunAs } from "./system-user";

/** A server that runs on the data folder. */
export type RunningService = {
  url: string;
  port: number;
  pid: number;
  /** True for a server that was already running, left behind by an owner that died. */
  adopted: boolean;
  stop: () => Promise<void>;
};

export type Launch = {
  file: string;
  args: readonly string[];
  argv0?: string;
  user: RunAs;
  folder: string;
  /** Truncated at each start. */
  logFile: string;
  /** Whether the server is this process and accepts connections. */
  isReady: (pid: number) => Promise<boolean>;
  timeoutMs: number;
};

type Attempt = { port: number; pid: number } | { failure: string };

/** Temporary: another program took the port in between, or the dying processes of a killed server still hold its memory. */
const temporary = /address already in use|could not bind|pre-existing shared memory block/iu;

/**
 * Starts a server on the preferred port when that is free, else on another one, and tries again after a temporary failure.
 * Resolves to its port and process ID, or to the reason in one line.
 */
export async function launchOnFreePort(
  preferred: number | undefined,
  prepare: (port: number) => Launch,
): Promise<Attempt> {
  const attempts: Attempt[] = [];
  await waitUntil(
    async () => {
      const port = await freePort(attempts.length === 0 ? preferred : undefined);
      const result = await launch(prepare(port));
      attempts.push("pid" in result ? { port, pid: result.pid } : result);
      return "pid" in result || !temporary.test(result.failure);
    },
    10_000,
    250,
  );
  return attempts.at(-1) ?? { failure: "it was not started" };
}

/** Starts a server that outlives this process. Resolves when it is ready, or when it has failed and is gone. */
async function launch(options: Launch): Promise<{ pid: number } | { failure: string }> {
  const log = openSync(options.logFile, "w");
  // In a session of its own, so that a Ctrl-C in the terminal reaches the owner only, which stops its services in order.
  const child = spawn(options.file, options.args, {
    ...options.user,
    argv0: options.argv0,
    cwd: options.folder,
    detached: true,
    stdio: ["ignore", log, log],
    env: plainEnvironment,
  });
  closeSync(log);
  const { pid } = child;
  if (pid === undefined)
    return new Promise((resolve) => child.once("error", (error) => resolve({ failure: messageOf(error) })));
  child.unref();
  const isGone = (): boolean => child.exitCode !== null || child.signalCode !== null;
  await waitUntil(async () => isGone() || (await options.isReady(pid)), options.timeoutMs);
  if (isGone()) return { failure: exitReason(readFileSync(options.logFile, "utf8")) };
  if (await options.isReady(pid)) return { pid };
  await endProcess(pid, [{ signal: "SIGKILL", withinMs: 10_000 }]);
  return { failure: `it was not ready within ${options.timeoutMs / 1000} s` };
}
