import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Redis } from "ioredis";

/** A Redis process for one test, to stop, wipe and restart. */
export type TestRedis = {
  readonly url: string;
  /** Stops the process with SIGSTOP; its connections stay open. */
  freeze: () => void;
  thaw: () => void;
  /** Kills it at once; unsaved data is lost. */
  kill: () => Promise<void>;
  /** Restarts it on the same port with the saved data. */
  start: () => Promise<void>;
  /** One command on a connection of its own. */
  command: (name: string, ...args: string[]) => Promise<unknown>;
  [Symbol.asyncDispose]: () => Promise<void>;
};

async function answers(url: string): Promise<void> {
  const redis = new Redis(url, { retryStrategy: () => 20, maxRetriesPerRequest: null });
  redis.on("error", () => undefined);
  await redis.ping();
  redis.disconnect();
}

/** `binary` is a Redis server, or Debian's program that becomes one when started under that name. */
export async function startTestRedis(
  binary: string,
  port: number,
  settings: readonly string[] = [],
): Promise<TestRedis> {
  const folder = mkdtempSync(join(tmpdir(), "weir-redis-"));
  const url = `redis://127.0.0.1:${port}`;
  const args = ["--port", String(port), "--bind", "127.0.0.1", "--dir", folder, "--save", "", ...settings];
  const launch = () => spawn(binary, args, { argv0: "redis-server", stdio: "ignore" });
  let server = launch();
  await answers(url);

  const kill = async (): Promise<void> => {
    if (server.exitCode !== null || server.signalCode !== null) return;
    const exited = once(server, "exit");
    server.kill("SIGKILL");
    await exited;
  };
  return {
    url,
    freeze: () => void server.kill("SIGSTOP"),
    thaw: () => void server.kill("SIGCONT"),
    kill,
    start: async () => {
      server = launch();
      await answers(url);
    },
    command: async (name, ...rest) => {
      const redis = new Redis(url);
      try {
        return await redis.call(name, ...rest);
      } finally {
        redis.disconnect();
      }
    },
    [Symbol.asyncDispose]: async () => {
      await kill();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}
