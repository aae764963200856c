import { readFileSync, realpathSync, rmSync } from "node:fs";
import { join } from "node:path";
import postgres from "postgres";
import { launchOnFreePort } from "./launch-server";
import { postgresBinaries } from "./postgres-binaries";
import { ensureCluster } from "./postgres-cluster";
import { endProcess, processFolder, processIsAlive } from "./process-info";
import { explainFullDisk, ServiceError } from "./service-error";
import type { RunAs } from "./system-user";
import { waitUntil } from "./wait-until";

export type RunningService = {
  url: string;
  port: number;
  pid: number;
  /** True when it ran already, left behind by an owner that died. */
  adopted: boolean;
  stop: () => Promise<void>;
};

export type StartPostgresOptions = {
  /** Where its data goes: a folder that `user` may enter. */
  home: string;
  /** Where its log goes. */
  dataDir: string;
  user: RunAs;
  preferredPort: number | undefined;
  /** False trades safety against loss of power for speed: for data that nobody will miss. */
  durable: boolean;
};

const urlOf = (port: number, database: string): string => `postgres://weir@127.0.0.1:${port}/${database}`;

async function ask<Result>(port: number, question: (sql: postgres.Sql) => Promise<Result>): Promise<Result> {
  const sql = postgres(urlOf(port, "postgres"), { max: 1, connect_timeout: 3, onnotice: () => {}, prepare: false });
  try {
    return await question(sql);
  } finally {
    await sql.end({ timeout: 1 });
  }
}

/** Whether the server on the port answers and is the one of this cluster. */
async function servesCluster(port: number, cluster: string): Promise<boolean> {
  try {
    const folder = await ask(port, async (sql) => {
      const [row] = await sql<{ data_directory: string }[]>`show data_directory`;
      return row?.data_directory;
    });
    return folder !== undefined && realpathSync(folder) === cluster;
  } catch {
    return false;
  }
}

async function stopServer(pid: number): Promise<void> {
  const stopped = await endProcess(pid, [
    { signal: "SIGINT", withinMs: 30_000 },
    { signal: "SIGQUIT", withinMs: 10_000 },
  ]);
  if (!stopped) throw new ServiceError(`Postgres (process ${pid}) did not stop. Its log is in the data folder.`);
}

/** The server an earlier owner left behind. A pid file of a process that is gone, or is something else now, is removed. */
async function findRunning(cluster: string): Promise<RunningService | null> {
  const pidFile = join(cluster, "postmaster.pid");
  const lines = await Promise.resolve()
    .then(() => readFileSync(pidFile, "utf8").split("\n").map(Number))
    .catch(() => [] as number[]);
  const [pid = Number.NaN, , , port = Number.NaN] = lines;
  if (Number.isNaN(pid)) return null;
  const stands = (): boolean => processIsAlive(pid) && [null, cluster].includes(processFolder(pid));
  if (!stands()) {
    rmSync(pidFile, { force: true });
    return null;
  }
  const answers = await waitUntil(async () => !stands() || (await servesCluster(port, cluster)), 30_000);
  if (!stands()) return findRunning(cluster);
  if (answers) return { url: urlOf(port, "weir"), port, pid, adopted: true, stop: () => stopServer(pid) };
  throw new ServiceError(
    `Process ${pid} holds the database in ${cluster} but does not answer. If it is Postgres, end it with "kill ${pid}"; else remove ${pidFile}.`,
  );
}

const settings = (port: number, durable: boolean): string[] =>
  [
    `port=${port}`,
    "listen_addresses=127.0.0.1",
    "unix_socket_directories=",
    "max_connections=200",
    "shared_preload_libraries=pg_stat_statements",
    "shared_buffers=256MB",
    "effective_cache_size=1GB",
    "work_mem=16MB",
    "maintenance_work_mem=128MB",
    "max_wal_size=2GB",
    "random_page_cost=1.1",
    "track_io_timing=on",
    "timezone=UTC",
    "log_timezone=UTC",
    "lc_messages=C",
    ...(durable ? [] : ["fsync=off", "synchronous_commit=off", "full_page_writes=off"]),
  ].flatMap((setting) => ["-c", setting]);

async function createDatabase(port: number): Promise<void> {
  await ask(port, async (sql) => {
    const [known] = await sql`select 1 from pg_database where datname = 'weir'`;
    if (known === undefined) await sql`create database weir`;
  });
}

/**
 * Postgres on the cluster `<home>/postgres`, on loopback: the one that already runs there, else a new one.
 * Resolves when it answers and has the database `weir`. Fails with a ServiceError of one line.
 */
export async function startPostgres(options: StartPostgresOptions): Promise<RunningService> {
  const { home, dataDir, user, durable } = options;
  const cluster = join(home, "postgres");
  const logFile = join(dataDir, "postgres.log");
  const running = await findRunning(cluster);
  if (running !== null) {
    await createDatabase(running.port);
    return running;
  }
  const binaries = await postgresBinaries(user, home);
  await ensureCluster(cluster, binaries, user, durable);
  const launched = await launchOnFreePort(options.preferredPort, (port) => ({
    file: binaries.postgres,
    args: ["-D", cluster, ...settings(port, durable)],
    user,
    folder: cluster,
    logFile,
    answers: () => servesCluster(port, cluster),
    withinMs: 120_000,
  }));
  if ("failure" in launched) {
    throw explainFullDisk(new ServiceError(`Postgres did not start: ${launched.failure} (log: ${logFile})`), home);
  }
  const { pid, port } = launched;
  await createDatabase(port);
  return { url: urlOf(port, "weir"), port, pid, adopted: false, stop: () => stopServer(pid) };
}
