import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { Redis } from "ioredis";
import { freePort } from "@weir/embedded/processes";

/** A Redis process to stop, wipe, restart and copy. */
export type RedisServer = {
  readonly url: string;
  readonly port: number;
  /** The bench's own connection, without a proxy. */
  readonly client: Redis;
  kill: () => Promise<void>;
  /** Restarts it on the same port with the saved data. */
  start: () => Promise<void>;
  close: () => Promise<void>;
};

/** `binary` is a Redis server, or Debian's program that acts as one under that name. */
export async function startRedisServer(
  binary: string,
  parentFolder: string,
  settings: readonly string[] = [],
): Promise<RedisServer> {
  const port = await freePort();
  const folder = join(parentFolder, `redis-${port}`);
  mkdirSync(folder);
  const pidFile = join(parentFolder, `redis-${port}.pid`);
  const args = ["--port", String(port), "--bind", "127.0.0.1", "--dir", folder, "--save", "", ...settings];
  const launch = () => {
    const server = spawn(binary, args, { argv0: "redis-server", stdio: "ignore" });
    writeFileSync(pidFile, `${server.pid}\n`);
    return server;
  };
  let server = launch();
  const client = new Redis(port, "127.0.0.1", { retryStrategy: () => 20, maxRetriesPerRequest: null });
  client.on("error", () => undefined);
  await client.ping();
  const kill = async (): Promise<void> => {
    if (server.exitCode !== null || server.signalCode !== null) return;
    const exited = once(server, "exit");
    server.kill("SIGKILL");
    await exited;
  };
  return {
    url: `redis://127.0.0.1:${port}`,
    port,
    client,
    kill,
    start: async () => {
      server = launch();
      await client.ping();
    },
    close: async () => {
      client.disconnect();
      await kill();
    },
  };
}
