import { readFileSync, realpathSync, rmSync } from "node:fs";
import { join } from "node:path";
import postgres from "postgres";
import { closeToOthers } from "../folder/private-files";
import { createService, launchOnPort, type PortChoice, type RunningService } from "../launch-server";
import { endProcess, mayRunIn, processIsAlive, waitUntil } from "../processes";
import { explainFullDisk, ServiceError } from "../service-error";
import type { RunAs } from "../system-user";
import { ensureAccess, ensureCluster, hasAccess, postgresBinaries } from "./cluster";

export type StartPostgresOptions = {
  /** Folder for its data, which `user` may enter. */
  home: string;
  /** Folder for its log. */
  dataDir: string;
  user: RunAs;
  password: string;
  preferredPort: number | undefined;
  /** False trades protection against power loss for speed, for throwaway data. */
  durable: boolean;
  log: (line: string) => void;
};

/** A server of this cluster. */
type Server = { pid: number; port: number };

/**
 * Starts Postgres on the cluster `<home>/postgres`, on 127.0.0.1, or takes over the server that already runs there. Resolves
 * when it is ready and has the database `weir`. Rejects with a ServiceError.
 */
export async function startPostgres(options: StartPostgresOptions): Promise<RunningService> {
  const { home, dataDir, user, password, durable, log } = options;
  const cluster = join(home, "postgres");
  const logFile = join(dataDir, "postgres.log");

  async function start(choice: PortChoice, isCancelled?: () => boolean): Promise<Server> {
    const binaries = await postgresBinaries(user, home);
    await ensureCluster(cluster, binaries, user, durable);
    if (closeToOthers(cluster)) log(`${cluster} was open to other accounts. Access is now restricted to its owner.`);
    await ensureAccess(cluster, binaries, user, password);
    const prepare = (port: number) => ({
      file: binaries.postgres,
      args: ["-D", cluster, ...settings(port, durable)],
      user,
      folder: cluster,
      logFile,
      isReady: () => servesCluster({ port, password }, cluster),
      timeoutMs: 120_000,
    });
    const launched = await launchOnPort(choice, prepare, isCancelled);
    if (!("failure" in launched)) return launched;
    throw explainFullDisk(new ServiceError(`Postgres did not start: ${launched.failure} (log: ${logFile})`), home);
  }

  const running = await findRunning(cluster, user, password);
  const { pid, port } = running ?? (await start({ preferred: options.preferredPort, isFixed: false }));
  await createDatabase({ port, password });
  return createService({
    url: urlOf({ port, password }, "weir"),
    port,
    pid,
    adopted: running !== null,
    logFile,
    startAgain: async (isCancelled) => {
      // Removes the PID file, whose number may belong to another process by now.
      await findRunning(cluster, user, password);
      return (await start({ preferred: port, isFixed: true }, isCancelled)).pid;
    },
    end: stopServer,
  });
}

type Access = { port: number; password: string };

const urlOf = ({ port, password }: Access, database: string): string =>
  `postgres://weir:${password}@127.0.0.1:${port}/${database}`;

async function withClient<Result>(access: Access, work: (sql: postgres.Sql) => Promise<Result>): Promise<Result> {
  const sql = postgres(urlOf(access, "postgres"), { max: 1, connect_timeout: 3, onnotice: () => {}, prepare: false });
  try {
    return await work(sql);
  } finally {
    await sql.end({ timeout: 1 });
  }
}

/** Whether the server on this port is ready and serves this cluster. */
async function servesCluster(access: Access, cluster: string): Promise<boolean> {
  try {
    const folder = await withClient(access, async (sql) => {
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

/**
 * The server that an earlier owner left behind. Removes the PID file of a process that has ended, or is another one now, and
 * stops a server that admits clients without this password.
 */
async function findRunning(cluster: string, user: RunAs, password: string): Promise<Server | null> {
  const pidFile = join(cluster, "postmaster.pid");
  const lines = await Promise.resolve()
    .then(() => readFileSync(pidFile, "utf8").split("\n").map(Number))
    .catch(() => [] as number[]);
  const [pid = Number.NaN, , , port = Number.NaN] = lines;
  if (Number.isNaN(pid)) return null;
  const isServer = (): boolean => processIsAlive(pid) && mayRunIn(cluster, user.uid, pid);
  if (!isServer()) {
    rmSync(pidFile, { force: true });
    return null;
  }
  const access = { port, password };
  const isReady = await waitUntil(async () => !isServer() || (await servesCluster(access, cluster)), 30_000);
  if (!isServer()) return findRunning(cluster, user, password);
  if (!isReady) {
    throw new ServiceError(
      `Process ${pid} uses the database in ${cluster} but does not respond to its password. If it is Postgres, stop it with "kill ${pid}"; otherwise remove ${pidFile}.`,
    );
  }
  if (hasAccess(cluster, password)) return { pid, port };
  await stopServer(pid);
  return null;
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

async function createDatabase(access: Access): Promise<void> {
  await withClient(access, async (sql) => {
    const [known] = await sql`select 1 from pg_database where datname = 'weir'`;
    if (known === undefined) await sql`create database weir`;
  });
}
