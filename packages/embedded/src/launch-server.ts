import { spawn } from "node:child_process";
import { closeSync, openSync, readFileSync } from "node:fs";
import { freePort } from "./free-port";
import { endProcess } from "./process-info";
import { lastWords, plainEnvironment } from "./run-program";
import { messageOf } from "./service-error";
import type { RunAs } from "./system-user";
import { waitUntil } from "./wait-until";

export type Launch = {
  file: string;
  args: readonly string[];
  argv0?: string;
  user: RunAs;
  folder: string;
  /** Begun anew with each start. */
  logFile: string;
  /** Whether this process serves. */
  answers: (pid: number) => Promise<boolean>;
  withinMs: number;
};

type Attempt = { port: number; pid: number } | { failure: string };

/** Starts a server that outlives this process, and resolves when it answers or has failed to; it is then gone. */
async function launch(options: Launch): Promise<{ pid: number } | { failure: string }> {
  const log = openSync(options.logFile, "w");
  // In a session of its own: a Ctrl-C in the terminal reaches the owner only, which stops its services in order.
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
  await waitUntil(async () => isGone() || (await options.answers(pid)), options.withinMs);
  if (isGone()) return { failure: lastWords(readFileSync(options.logFile, "utf8")) };
  if (await options.answers(pid)) return { pid };
  await endProcess(pid, [{ signal: "SIGKILL", withinMs: 10_000 }]);
  return { failure: `it did not answer within ${options.withinMs / 1000} s` };
}

/** Both may pass: another program took the port in between; the dying processes of a killed server still hold its memory. */
const passing = /address already in use|could not bind|pre-existing shared memory block/iu;

/**
 * Starts a server on the preferred port when that is free, else on another one, and once more when what kept it from
 * starting may pass. Resolves to its port and process, or to the reason in one line.
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
      return "pid" in result || !passing.test(result.failure);
    },
    10_000,
    250,
  );
  return attempts.at(-1) ?? { failure: "it was not tried" };
}
