import { readFileSync, realpathSync, rmSync } from "node:fs";
import { join } from "node:path";
import postgres from "postgres";
import { launchOnFreePort, type RunningService } from "./launch-server";
import { ensureCluster, postgresBinaries } from "./postgres-cluster";
import { endProcess, processFolder, processIsAlive, waitUntil } from "./processes";
import { explainFullDisk, ServiceError } from "./service-error";
import type { RunAs } from "./system-user";

export type StartPostgresOptions = {
  /** Folder for its data, which `user` may enter. */
  home: string;
  /** Folder for its log. */
  dataDir: string;
  user: RunAs;
  preferredPort: number | undefined;
  /** False trades protection against power loss for speed, for throwaway data. */
  durable: boolean;
};

/**
 * Starts Postgres on the cluster `<home>/postgres`, on 127.0.0.1, or takes over the server that already runs there. Resolves
 * when it is ready and has the database `weir`. Rejects with a ServiceError.
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
    isReady: () => servesCluster(port, cluster),
    timeoutMs: 120_000,
  }));
  if ("failure" in launched) {
    throw explainFullDisk(new ServiceError(`Postgres did not start: ${launched.failure} (log: ${logFile})`), home);
  }
  const { pid, port } = launched;
  await createDatabase(port);
  return { url: urlOf(port, "weir"), port, pid, adopted: false, stop: () => stopServer(pid) };
}

const urlOf = (port: number, database: string): string => `postgres://weir@127.0.0.1:${port}/${database}`;

async function withClient<Result>(port: number, work: (sql: postgres.Sql) => Promise<Result>): Promise<Result> {
  const sql = postgres(urlOf(port, "postgres"), { max: 1, connect_timeout: 3, onnotice: () => {}, prepare: false });
  try {
    return await work(sql);
  } finally {
    await sql.end({ timeout: 1 });
  }
}

/** Whether the server on this port is ready and serves this cluster. */
async function servesCluster(port: number, cluster: string): Promise<boolean> {
  try {
    const folder = await withClient(port, async (sql) => {
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
  if (!stopped) throw new ServiceError(`Postgres (process ${pid}) did not stop. See its log in the data folder.`);
}

/** The server that an earlier owner left behind. Removes the PID file of a process that has ended, or is another one now. */
async function findRunning(cluster: string): Promise<RunningService | null> {
  const pidFile = join(cluster, "postmaster.pid");
  const lines = await Promise.resolve()
    .then(() => readFileSync(pidFile, "utf8").split("\n").map(Number))
    .catch(() => [] as number[]);
  const [pid = Number.NaN, , , port = Number.NaN] = lines;
  if (Number.isNaN(pid)) return null;
  const isServer = (): boolean => processIsAlive(pid) && [null, cluster].includes(processFolder(pid));
  if (!isServer()) {
    rmSync(pidFile, { force: true });
    return null;
  }
  const isReady = await waitUntil(async () => !isServer() || (await servesCluster(port, cluster)), 30_000);
  if (!isServer()) return findRunning(cluster);
  if (isReady) return { url: urlOf(port, "weir"), port, pid, adopted: true, stop: () => stopServer(pid) };
  throw new ServiceError(
    `Process ${pid} uses the database in ${cluster} but does not respond. If it is Postgres, stop it with "kill ${pid}"; otherwise remove ${pidFile}.`,
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
  await withClient(port, async (sql) => {
    const [known] = await sql`select 1 from pg_database where datname = 'weir'`;
    if (known === undefined) await sql`create database weir`;
  });
}
