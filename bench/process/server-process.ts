import { spawn } from "node:child_process";
import { rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { endProcess, plainEnvironment, processIsAlive, waitUntil } from "@weir/embedded/processes";

export type ServerOptions = {
  name: string;
  file: string;
  args: readonly string[];
  cwd?: string;
  /** Added to a minimal environment; nothing is inherited. */
  env?: Record<string, string>;
  port: number;
  /** The path that returns 200 once it serves. */
  readyPath: string;
  /** The folder for its PID file, for the cleanup after this process. */
  pidFolder: string;
  /** Hears what it writes to stderr. */
  onStderr?: (text: string) => void;
};

export type ServerProcess = {
  name: string;
  pid: number;
  origin: string;
  stop: () => Promise<void>;
};

const longestStartMs = 60_000;

async function answers(url: string): Promise<boolean> {
  try {
    const response = await fetch(url, { signal: AbortSignal.timeout(5_000) });
    await response.arrayBuffer();
    return response.status === 200;
  } catch {
    return false;
  }
}

/** Starts a server as a child process and waits until it serves. Throws with its last output when it does not. */
export async function startServer(options: ServerOptions): Promise<ServerProcess> {
  const { name, file, args, port, readyPath, pidFolder } = options;
  const child = spawn(file, args, {
    cwd: options.cwd,
    env: { ...plainEnvironment, ...options.env },
    stdio: ["ignore", "pipe", "pipe"],
  });
  let words = "";
  const listen = (chunk: Buffer): void => {
    words = (words + chunk.toString()).slice(-2_000);
  };
  child.stdout.on("data", listen);
  child.stderr.on("data", listen);
  child.stderr.on("data", (chunk: Buffer) => options.onStderr?.(chunk.toString()));
  child.once("error", (error) => listen(Buffer.from(error.message)));
  const { pid } = child;
  if (pid === undefined) throw new Error(`${name} could not be started (${file}).`);
  const pidFile = join(pidFolder, `${name.replaceAll(/\W+/g, "-")}.pid`);
  writeFileSync(pidFile, `${pid}\n`);

  const stop = async (): Promise<void> => {
    const ended = await endProcess(pid, [
      { signal: "SIGTERM", withinMs: 15_000 },
      { signal: "SIGKILL", withinMs: 5_000 },
    ]);
    if (ended) rmSync(pidFile, { force: true });
  };
  const origin = `http://127.0.0.1:${port}`;
  const settled = await waitUntil(
    async () => !processIsAlive(pid) || (await answers(origin + readyPath)),
    longestStartMs,
    50,
  );
  if (settled && processIsAlive(pid)) return { name, pid, origin, stop };
  await stop();
  throw new Error(`${name} did not start. Its last output:\n${words.trim()}`);
}
