import {
  chmodSync,
  existsSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import postgres from "postgres";
import { afterEach, beforeEach, expect, test } from "vitest";
import { postgresBinaries } from "./postgres/cluster";
import { plainEnvironment, processIsAlive, runProgram, waitUntil } from "./processes";
import { type Services, startServices } from "./services";
import { type RunAs, servicesUser } from "./system-user";

const all = { postgres: true, cache: true, queue: true };
const isRoot = process.getuid?.() === 0;
/** Another account of the machine; only root can act as one. */
const stranger: RunAs = isRoot ? { uid: 65_534, gid: 65_534 } : {};

let parent: string;
let dataDir: string;
const started: Services[] = [];
beforeEach(() => {
  parent = mkdtempSync(join(tmpdir(), "weir-access-"));
  chmodSync(parent, 0o755);
  dataDir = join(parent, "data");
});
afterEach(async () => {
  await Promise.all(started.splice(0).map((services) => services.close()));
  rmSync(parent, { recursive: true, force: true });
});

async function start(log: (line: string) => void = () => {}): Promise<Services> {
  const services = await startServices({ dataDir, need: all, durable: false, log });
  started.push(services);
  return services;
}

const asStranger = (file: string, args: string[]): Promise<{ code: number | null; output: string }> =>
  runProgram(file, args, { ...stranger, cwd: "/", env: plainEnvironment, timeoutMs: 20_000 });

const withoutPassword = (url: string | null): string => {
  const address = new URL(url ?? "");
  address.username = address.protocol === "postgres:" ? "weir" : "";
  address.password = "";
  return address.href;
};

/** Sends bytes to a port as another account, and prints the first bytes that come back. */
const send = `
  const socket = require("node:net").connect(Number(process.argv[1]), "127.0.0.1");
  socket.write(Buffer.from(process.argv[2], "base64"));
  socket.once("data", (bytes) => { process.stdout.write(bytes.toString("latin1")); socket.destroy(); });
  socket.once("error", (error) => { process.stdout.write(String(error)); });`;

async function reply(url: string | null, bytes: Buffer): Promise<string> {
  const { output } = await asStranger(process.execPath, [
    "-e",
    send,
    new URL(url ?? "").port,
    bytes.toString("base64"),
  ]);
  return output;
}

function startupPacket(user: string): Buffer {
  const body = Buffer.concat([Buffer.from([0, 3, 0, 0]), Buffer.from(`user\0${user}\0database\0postgres\0\0`)]);
  const length = Buffer.alloc(4);
  length.writeInt32BE(body.length + 4);
  return Buffer.concat([length, body]);
}

const ping = Buffer.from("PING\r\n");

test("another account on the machine cannot connect to a service without its password", async () => {
  const services = await start();
  for (const user of ["weir", "postgres"]) {
    // 10: SASL authentication is required. 0 would be a welcome.
    expect(Buffer.from(await reply(services.databaseUrl, startupPacket(user)), "latin1").readInt32BE(5)).toBe(10);
  }
  for (const url of [services.redisUrl, services.queueRedisUrl]) expect(await reply(url, ping)).toMatch(/^-NOAUTH/);
  const wrong = postgres((services.databaseUrl ?? "").replace(/:[0-9a-f]{64}@/, `:${"0".repeat(64)}@`), { max: 1 });
  await expect(wrong`select 1`).rejects.toMatchObject({ code: "28P01" });
  await wrong.end();
});

/** Every file and folder below, the folder itself included. */
function everyPath(folder: string): string[] {
  return readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
    const path = join(folder, entry.name);
    return entry.isDirectory() ? [path, ...everyPath(path)] : [path];
  });
}

test("another account cannot read any file of the data folder, and no secret is in a command line", async () => {
  const services = await start();
  const owner = process.getuid?.();
  const { uid = owner } = await servicesUser();
  const paths = everyPath(dataDir).filter((path) => !/\/postgres-\d/.test(path) && existsSync(path));
  expect(paths.length).toBeGreaterThan(100);
  // What is inside a closed folder is closed too.
  const inClosed = /\/(?:postgres|redis-cache|redis-queue)\//;
  const open = paths.filter((path) => !inClosed.test(path) && (statSync(path).mode & 0o077) !== 0);
  expect(open).toEqual([]);
  const readable = await asStranger("/bin/sh", [
    "-c",
    'for file; do test -r "$file" && echo "$file"; done; true',
    "sh",
    ...paths.filter((path) => statSync(path).isFile()).slice(0, 500),
  ]);
  expect(isRoot ? readable.output : "").toBe("");
  for (const name of ["passwords.json", "services.json", "postgres.log", "redis-cache.log", "redis-queue.log"]) {
    expect([name, statSync(join(dataDir, name)).mode & 0o777]).toEqual([name, 0o600]);
  }
  expect(paths.every((path) => [owner, uid].includes(statSync(path).uid))).toBe(true);

  const secrets = [services.databaseUrl, services.redisUrl, services.queueRedisUrl].map(
    (url) => new URL(url ?? "").password,
  );
  expect(secrets.every((secret) => /^[0-9a-f]{64}$/.test(secret))).toBe(true);
  expect(new Set(secrets).size).toBe(3);
  for (const pid of services.pids) {
    const commandLine = await runProgram("ps", ["-o", "args=", "-p", String(pid)]);
    expect(commandLine.output).not.toBe("");
    for (const secret of secrets) expect(commandLine.output).not.toContain(secret);
  }
});

async function ask(url: string | null): Promise<unknown> {
  const sql = postgres(url ?? "", { max: 1, onnotice: () => undefined });
  try {
    return (await sql`select kept from before`)[0];
  } finally {
    await sql.end();
  }
}

/** A folder as earlier versions made it: every account is a superuser, Redis has no password, and files are open. */
async function makeOldFolder(): Promise<number> {
  const services = await start();
  const sql = postgres(services.databaseUrl ?? "", { max: 1 });
  await sql`create table before as select 7 as kept`;
  await sql.end();
  const port = Number(new URL(services.databaseUrl ?? "").port);
  await services.close();
  const hba = join(dataDir, "postgres/pg_hba.conf");
  writeFileSync(hba, "local all all trust\nhost all all 127.0.0.1/32 trust\n");
  rmSync(join(dataDir, "passwords.json"));
  chmodSync(join(dataDir, "postgres.log"), 0o644);
  writeFileSync(join(dataDir, "auth-secret"), "x".repeat(43), { mode: 0o644 });
  chmodSync(join(dataDir, "auth-secret"), 0o644);
  return port;
}

test("a folder of an earlier version is closed once, with everything in it kept", async () => {
  await makeOldFolder();
  const lines: string[] = [];
  const services = await start((line) => lines.push(line));
  expect(await ask(services.databaseUrl)).toEqual({ kept: 7 });
  await expect(ask(withoutPassword(services.databaseUrl))).rejects.toThrow(/SASL|password/i);
  expect(lines.filter((line) => line.includes("auth-secret, postgres.log"))).toHaveLength(1);
  expect(statSync(join(dataDir, "auth-secret")).mode & 0o777).toBe(0o600);
  const hba = readFileSync(join(dataDir, "postgres/pg_hba.conf"), "utf8");
  expect(hba).not.toContain("trust");
  await services.close();
  const again = await start();
  expect(again.databaseUrl).toBe(services.databaseUrl);
  expect(readFileSync(join(dataDir, "postgres/pg_hba.conf"), "utf8")).toBe(hba);
});

test("a server of an earlier version that still runs is replaced by one with a password", async () => {
  const port = await makeOldFolder();
  const user = await servicesUser();
  const { postgres: program } = await postgresBinaries(user, dataDir);
  const cluster = join(dataDir, "postgres");
  const old = runProgram(program, ["-D", cluster, "-p", String(port), "-h", "127.0.0.1", "-k", ""], {
    ...user,
    cwd: cluster,
    env: plainEnvironment,
  });
  const open = `postgres://weir@127.0.0.1:${port}/weir`;
  expect(
    await waitUntil(
      () =>
        ask(open).then(
          () => true,
          () => false,
        ),
      20_000,
    ),
  ).toBe(true);

  const services = await start();
  await old;
  await expect(ask(open)).rejects.toThrow(/SASL|password/i);
  expect(await ask(services.databaseUrl)).toEqual({ kept: 7 });
});

test("passwords that are lost or damaged are replaced, and the data stays", async () => {
  const first = await start();
  const sql = postgres(first.databaseUrl ?? "", { max: 1 });
  await sql`create table before as select 7 as kept`;
  await sql.end();
  await first.close();
  writeFileSync(join(dataDir, "passwords.json"), '{"postgres":');
  const lines: string[] = [];
  const second = await start((line) => lines.push(line));
  expect(lines).toContainEqual(expect.stringMatching(/passwords\.json contains no usable passwords/));
  expect(second.databaseUrl).not.toBe(first.databaseUrl);
  expect(await ask(second.databaseUrl)).toEqual({ kept: 7 });
});

test("a Redis of an earlier version that still runs is replaced by one with a password", async () => {
  const services = await start();
  const [, cachePid = 0] = services.pids;
  const { redisUrl } = services;
  await services.close();
  const user = await servicesUser();
  const folder = join(dataDir, "redis-cache");
  const port = new URL(redisUrl ?? "").port;
  const configuration = join(folder, "redis.conf");
  rmSync(join(folder, "redis.port"));
  writeFileSync(configuration, `port ${port}\nbind 127.0.0.1\ndir ${folder}\npidfile ${folder}/redis.pid\n`, {
    mode: 0o644,
  });
  const old = runProgram("redis-server", [configuration], { ...user, cwd: folder, env: plainEnvironment });
  const oldPid = (): number =>
    Number(existsSync(join(folder, "redis.pid")) && readFileSync(join(folder, "redis.pid"), "utf8"));
  expect(await waitUntil(() => oldPid() > 0, 20_000)).toBe(true);
  expect(await waitUntil(async () => (await reply(redisUrl, ping)).startsWith("+PONG"), 20_000)).toBe(true);
  const pid = oldPid();

  const again = await start();
  await old;
  expect(processIsAlive(pid)).toBe(false);
  expect(again.pids).not.toContain(cachePid);
  expect(await reply(again.redisUrl, ping)).toMatch(/^-NOAUTH/);
  expect(existsSync(configuration)).toBe(false);
});
