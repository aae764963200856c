import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync } from "node:fs";
import { chown, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import postgres from "postgres";
import { freePort, plainEnvironment, type ProgramResult, runProgram, waitUntil } from "@weir/embedded/processes";

const binaries = "/usr/lib/postgresql/15/bin";

/** Debian's Postgres 15, which has the tools for a standby; it is run as Debian's user, which takes root. */
export const hasPostgresPair = existsSync(`${binaries}/pg_basebackup`) && process.getuid?.() === 0;

export type PostgresServer = {
  readonly port: number;
  /** As its superuser, to the database `postgres`. */
  readonly url: string;
  /** At once, as a crash does. */
  readonly stop: () => Promise<void>;
};

export type PostgresPair = {
  readonly primary: PostgresServer;
  /** Follows the primary by streaming replication. */
  readonly standby: PostgresServer;
  /** Makes the standby a primary, and resolves when it accepts writes. */
  readonly promote: () => Promise<void>;
  [Symbol.asyncDispose]: () => Promise<void>;
};

type User = { uid: number; gid: number };

async function findUser(): Promise<User> {
  const [uid, gid] = await Promise.all(["-u", "-g"].map((flag) => runProgram("/usr/bin/id", [flag, "postgres"])));
  return { uid: Number(uid?.output), gid: Number(gid?.output) };
}

/** Starts a primary and a streaming standby on free ports of 127.0.0.1, in a folder that goes with them. */
export async function startPostgresPair(): Promise<PostgresPair> {
  const user = await findUser();
  const folder = await mkdtemp(join(tmpdir(), "weir-pair-"));
  await chown(folder, user.uid, user.gid);
  const [first, second] = [join(folder, "one"), join(folder, "two")];
  const primary = await (async () => {
    await run(user, "initdb", ["-D", first, "-U", "postgres", "-A", "trust", "-E", "UTF8", "--no-sync"]);
    return startServer(user, folder, first);
  })();
  const copy = ["-D", second, "-h", "127.0.0.1", "-p", String(primary.port), "-U", "postgres", "-R", "-X", "stream"];
  await run(user, "pg_basebackup", [...copy, "-c", "fast", "--no-sync"]);
  const standby = await startServer(user, folder, second);
  return {
    primary,
    standby,
    promote: async () => void (await run(user, "pg_ctl", ["-D", second, "-w", "promote"])),
    [Symbol.asyncDispose]: async () => {
      await Promise.all([primary.stop(), standby.stop()]);
      await rm(folder, { recursive: true });
    },
  };
}

async function run(user: User, tool: string, args: readonly string[]): Promise<ProgramResult> {
  const result = await runProgram(join(binaries, tool), args, { ...user, cwd: "/", env: plainEnvironment });
  if (result.code !== 0) throw new Error(`${tool} failed: ${result.output}`);
  return result;
}

async function startServer(user: User, folder: string, data: string): Promise<PostgresServer> {
  const port = await freePort();
  const settings = ["listen_addresses=127.0.0.1", `port=${port}`, `unix_socket_directories=${folder}`, "fsync=off"];
  const args = ["-D", data, ...settings.flatMap((setting) => ["-c", setting])];
  const child = spawn(join(binaries, "postgres"), args, { ...user, cwd: "/", env: plainEnvironment, stdio: "ignore" });
  const ended = once(child, "exit");
  const url = `postgres://postgres@127.0.0.1:${port}/postgres`;
  await waitUntil(() => responds(url), 30_000);
  return {
    port,
    url,
    stop: async () => {
      child.kill("SIGQUIT");
      await ended;
    },
  };
}

async function responds(url: string): Promise<boolean> {
  const sql = postgres(url, { max: 1, connect_timeout: 2, onnotice: () => {} });
  try {
    await sql`select 1`;
    return true;
  } catch {
    return false;
  } finally {
    await sql.end({ timeout: 1 });
  }
}
