import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { createServer, type Server } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import postgres from "postgres";
import { afterEach, beforeEach, expect, test } from "vitest";
import { messageOf, ServiceError } from "./service-error";
import { startServices, type Services } from "./services";

const all = { postgres: true, cache: true, queue: true };
const onlyPostgres = { postgres: true, cache: false, queue: false };

let parent: string;
let dataDir: string;
const started: Services[] = [];

beforeEach(() => {
  parent = mkdtempSync(join(tmpdir(), "weir-trouble-"));
  chmodSync(parent, 0o755);
  dataDir = join(parent, "data");
});
afterEach(async () => {
  await Promise.all(started.splice(0).map((services) => services.close()));
  rmSync(parent, { recursive: true, force: true });
});

async function start(need: typeof all): Promise<Services> {
  const services = await startServices({ dataDir, need, durable: false });
  started.push(services);
  return services;
}

async function startAndStop(need: typeof all): Promise<Services> {
  const services = await start(need);
  await services.close();
  return services;
}

async function answer(url: string | null): Promise<unknown> {
  const sql = postgres(url ?? "", { max: 1 });
  try {
    const [row] = await sql`select current_database() as name, current_setting('data_directory') as folder`;
    return row;
  } finally {
    await sql.end();
  }
}

/** The one line that a start fails with. */
async function refusal(need: typeof all): Promise<string> {
  const error = await start(need).then(
    () => null,
    (reason: unknown) => reason,
  );
  expect(error).toBeInstanceOf(ServiceError);
  expect(messageOf(error)).not.toContain("\n");
  return messageOf(error);
}

function occupy(port: number): Promise<Server> {
  return new Promise((resolve, reject) => {
    const server = createServer((socket) => socket.destroy());
    server.once("error", reject);
    server.listen(port, "127.0.0.1", () => resolve(server));
  });
}

test("ports that another program uses are left to it, and free ones are found", async () => {
  const first = await startAndStop(all);
  const urls = [first.databaseUrl, first.redisUrl, first.queueRedisUrl];
  const strangers = await Promise.all(urls.map((url) => occupy(Number(new URL(url ?? "").port))));
  try {
    const second = await start(all);
    const taken = new Set(urls.map((url) => new URL(url ?? "").port));
    for (const url of [second.databaseUrl, second.redisUrl, second.queueRedisUrl]) {
      expect(taken).not.toContain(new URL(url ?? "").port);
    }
    expect(await answer(second.databaseUrl)).toMatchObject({ name: "weir" });
  } finally {
    for (const stranger of strangers) stranger.close();
  }
});

test("ports that are still free are used again", async () => {
  const first = await startAndStop(all);
  const second = await start(all);
  expect([second.databaseUrl, second.redisUrl, second.queueRedisUrl]).toEqual([
    first.databaseUrl,
    first.redisUrl,
    first.queueRedisUrl,
  ]);
});

test("PID files that name an unrelated process do not prevent the start, and that process lives on", async () => {
  const first = await startAndStop(all);
  const port = new URL(first.databaseUrl ?? "").port;
  const cluster = join(dataDir, "postgres");
  writeFileSync(join(cluster, "postmaster.pid"), `${process.pid}\n${cluster}\n1700000000\n${port}\n\n127.0.0.1\n`);
  writeFileSync(join(dataDir, "redis-cache/redis.pid"), `${process.pid}\n`);
  writeFileSync(join(dataDir, "redis-queue/redis.pid"), `${process.pid}\n`);
  const second = await start(all);
  expect(second.pids).not.toContain(process.pid);
  expect(await answer(second.databaseUrl)).toEqual({ name: "weir", folder: cluster });
});

test("the leftovers of a killed initdb are removed, and the start creates a whole cluster", async () => {
  const leftOver = join(dataDir, "postgres.new-leftover");
  mkdirSync(join(leftOver, "base"), { recursive: true });
  chmodSync(dataDir, 0o755);
  writeFileSync(join(leftOver, "PG_VERSION"), "18\n");
  const services = await start(onlyPostgres);
  expect(existsSync(leftOver)).toBe(false);
  expect(await answer(services.databaseUrl)).toMatchObject({ name: "weir" });
});

test("a folder that contains something else than a cluster is named and left alone", async () => {
  mkdirSync(join(dataDir, "postgres"), { recursive: true });
  chmodSync(dataDir, 0o755);
  writeFileSync(join(dataDir, "postgres/notes.txt"), "mine");
  expect(await refusal(onlyPostgres)).toMatch(
    /postgres is not empty and contains no Postgres data\. Move the folder away/,
  );
  expect(readFileSync(join(dataDir, "postgres/notes.txt"), "utf8")).toBe("mine");
});

test("a cluster of another major version is named and left alone", async () => {
  mkdirSync(join(dataDir, "postgres"), { recursive: true });
  chmodSync(dataDir, 0o755);
  writeFileSync(join(dataDir, "postgres/PG_VERSION"), "15\n");
  expect(await refusal(onlyPostgres)).toMatch(/was created by Postgres 15, but this is Postgres 18/);
});

test("a cluster that Postgres cannot read fails with Postgres' own reason, and leaves nothing running or locked", async () => {
  await startAndStop(onlyPostgres);
  rmSync(join(dataDir, "postgres/global/pg_control"));
  expect(await refusal(onlyPostgres)).toMatch(/^Postgres did not start: .*pg_control.* \(log: .*postgres\.log\)$/);
  expect(readdirSync(dataDir)).not.toContain("owner.json");
});

test("a folder that the system user may not enter is named together with the fix", async () => {
  chmodSync(parent, 0o700);
  const outcome = await start(onlyPostgres).then(() => "started", messageOf);
  // Any other user than root runs the services itself and may enter its own folders.
  const asRoot = new RegExp(`lies under ${parent}, .*EACCES.*Set DATA_DIR`);
  expect(outcome).toMatch(process.getuid?.() === 0 ? asRoot : /^started$/);
});
