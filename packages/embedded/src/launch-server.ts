import { spawn } from "node:child_process";
import { closeSync, readFileSync } from "node:fs";
import { openPrivateLog } from "./folder/private-files";
import { endProcess, freePort, plainEnvironment, processIsAlive, processStartTime, waitUntil } from "./processes";
import { exitReason, messageOf } from "./service-error";
import type { RunAs } from "./system-user";

/** A server that runs on the data folder. */
export type RunningService = {
  url: string;
  port: number;
  /** Of the process that runs now: a restart changes it. */
  readonly pid: number;
  /** True for a server that was already running, left behind by an owner that died. */
  adopted: boolean;
  logFile: string;
  /** Whether the server runs. A zombie does not, nor does another process that has its ID since. */
  isAlive: () => boolean;
  /** Starts it again on its port. Rejects with a ServiceError; `isCancelled` is polled and ends the attempt. */
  restart: (isCancelled: () => boolean) => Promise<void>;
  /** Resolves when it has ended; at once when it has died already. */
  stop: () => Promise<void>;
};

export type ServiceControl = Pick<RunningService, "url" | "port" | "pid" | "adopted" | "logFile"> & {
  /** Starts the server on its port and resolves to its process ID. */
  startAgain: (isCancelled: () => boolean) => Promise<number>;
  end: (pid: number) => Promise<void>;
};

/** The service with this process, across its restarts. */
export function createService({ startAgain, end, ...service }: ServiceControl): RunningService {
  const identify = (pid: number) => ({ pid, startTime: processStartTime(pid) });
  let current = identify(service.pid);
  const isAlive = (): boolean => processIsAlive(current.pid) && processStartTime(current.pid) === current.startTime;
  return {
    ...service,
    get pid() {
      return current.pid;
    },
    isAlive,
    restart: async (isCancelled) => {
      current = identify(await startAgain(isCancelled));
    },
    stop: async () => {
      if (isAlive()) await end(current.pid);
    },
  };
}

export type Launch = {
  file: string;
  args: readonly string[];
  argv0?: string;
  /** Its standard input. */
  input?: string;
  user: RunAs;
  folder: string;
  logFile: string;
  /** Whether the server is this process and accepts connections. */
  isReady: (pid: number) => Promise<boolean>;
  timeoutMs: number;
};

export type PortChoice = {
  /** Undefined to let the system choose. */
  preferred: number | undefined;
  /** True when only the preferred port will do, because clients know it. */
  isFixed: boolean;
};

type Attempt = { port: number; pid: number } | { failure: string };

/** Temporary: another program took the port in between, or the dying processes of a killed server still hold its memory. */
const temporary = /address already in use|could not bind|pre-existing shared memory block/iu;

const never = (): boolean => false;

/**
 * Starts a server on the preferred port when that is free, else on another one, and tries again after a temporary failure.
 * Resolves to its port and process ID, or to the reason in one line.
 */
export async function launchOnPort(
  { preferred, isFixed }: PortChoice,
  prepare: (port: number) => Launch,
  isCancelled: () => boolean = never,
): Promise<Attempt> {
  const attempts: Attempt[] = [];
  await waitUntil(
    async () => {
      const port = await freePort(isFixed || attempts.length === 0 ? preferred : undefined);
      if (isFixed && port !== preferred) {
        attempts.push({ failure: `port ${preferred} is in use by another program` });
        return true;
      }
      const result = await launch(prepare(port), isCancelled);
      attempts.push("pid" in result ? { port, pid: result.pid } : result);
      return "pid" in result || isCancelled() || !temporary.test(result.failure);
    },
    10_000,
    250,
  );
  return attempts.at(-1) ?? { failure: "it was not started" };
}

/** Starts a server that outlives this process. Resolves when it is ready, or when it has failed and is gone. */
async function launch(options: Launch, isCancelled: () => boolean): Promise<{ pid: number } | { failure: string }> {
  const log = openPrivateLog(options.logFile);
  // In a session of its own, so that a Ctrl-C in the terminal reaches the owner only, which stops its services in order.
  const child = spawn(options.file, options.args, {
    ...options.user,
    argv0: options.argv0,
    cwd: options.folder,
    detached: true,
    stdio: [options.input === undefined ? "ignore" : "pipe", log, log],
    env: plainEnvironment,
  });
  closeSync(log);
  // Fails when the server ended before it read everything; its log says why it ended.
  child.stdin?.on("error", () => {});
  child.stdin?.end(options.input);
  const { pid } = child;
  if (pid === undefined)
    return new Promise((resolve) => child.once("error", (error) => resolve({ failure: messageOf(error) })));
  child.unref();
  const isGone = (): boolean => child.exitCode !== null || child.signalCode !== null;
  await waitUntil(async () => isGone() || isCancelled() || (await options.isReady(pid)), options.timeoutMs);
  if (isGone()) return { failure: exitReason(readFileSync(options.logFile, "utf8")) };
  if (await options.isReady(pid)) return { pid };
  await endProcess(pid, [
    { signal: "SIGINT", withinMs: isCancelled() ? 10_000 : 1000 },
    { signal: "SIGKILL", withinMs: 10_000 },
  ]);
  return {
    failure: isCancelled() ? "the start was cancelled" : `it was not ready within ${options.timeoutMs / 1000} s`,
  };
}
