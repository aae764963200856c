import { spawn } from "node:child_process";
import { once } from "node:events";
import { chmodSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { Redis } from "ioredis";
import postgres from "postgres";
import { afterEach, beforeEach, expect, test } from "vitest";
import { launchOnPort } from "./launch-server";
import { endProcess, processIsAlive, waitUntil } from "./processes";
import { readServiceNotes, readServicesState, type Services, startServices } from "./services";

const all = { postgres: true, cache: true, queue: true };
const onlyCache = { postgres: false, cache: true, queue: false };
const onlyQueue = { postgres: false, cache: false, queue: true };
const kill = (pid: number): Promise<boolean> => endProcess(pid, [{ signal: "SIGKILL", withinMs: 5_000 }]);

let dataDir: string;
const lines: string[] = [];
const started: Services[] = [];
beforeEach(() => {
  lines.length = 0;
  dataDir = mkdtempSync(join(tmpdir(), "weir-watch-"));
  chmodSync(dataDir, 0o755);
});
afterEach(async () => {
  await Promise.all(started.splice(0).map((services) => services.close()));
  rmSync(dataDir, { recursive: true, force: true });
});

async function start(
  need = all,
  watch: Parameters<typeof startServices>[0]["watch"] = { everyMs: 20 },
): Promise<Services> {
  const services = await startServices({ dataDir, need, watch, warn: (line) => lines.push(line) });
  started.push(services);
  return services;
}

const said = (pattern: RegExp, times = 1): Promise<boolean> =>
  waitUntil(() => lines.filter((line) => pattern.test(line)).length >= times, 60_000);

test("killed services restart on the same ports with their data, and clients reconnect automatically", async () => {
  const services = await start();
  const sql = postgres(services.databaseUrl ?? "", { max: 2, onnotice: () => undefined });
  const queue = new Redis(services.queueRedisUrl ?? "");
  queue.on("error", () => undefined);
  try {
    await sql`create table kept as select 7 as seven`;
    await queue.set("kept", "seven");
    // Flushed: a kill may lose the last second.
    await queue.call("WAITAOF", 1, 0, 5_000).catch(() => undefined);
    const before = services.pids;
    await Promise.all(before.map(kill));
    expect(await said(/is running again/, 3)).toBe(true);
    expect(services.pids.map(processIsAlive)).toEqual([true, true, true]);
    expect(services.pids.filter((pid) => before.includes(pid))).toEqual([]);
    const answers = (): Promise<boolean> =>
      sql`select seven from kept`.then(
        ([row]) => row?.["seven"] === 7,
        () => false,
      );
    expect(await waitUntil(answers, 20_000)).toBe(true);
    expect(
      await waitUntil(
        () =>
          queue.ping().then(
            () => true,
            () => false,
          ),
        20_000,
      ),
    ).toBe(true);

    const state = await readServicesState(dataDir);
    expect([state?.postgres?.pid, state?.cache?.pid, state?.queue?.pid]).toEqual(services.pids);
    expect(state?.postgres?.url).toBe(services.databaseUrl);
    expect(state?.troubles.map(({ service }) => service).toSorted()).toEqual(["cache", "postgres", "queue"]);
    expect(state?.troubles.every(({ failures, restartedAt }) => failures === 1 && restartedAt !== null)).toBe(true);
    expect(lines.filter((line) => /^Postgres \(process \d+\) died\. Restarting …$/.test(line))).toHaveLength(1);
  } finally {
    await sql.end({ timeout: 1 });
    queue.disconnect();
  }
});

test("a service that cannot start is retried with backoff, reported down once, and recovers", async () => {
  const services = await start(onlyQueue, { everyMs: 10, delaysMs: [0, 20, 40], slowMs: 80 });
  const [pid = 0] = services.pids;
  const manifest = join(dataDir, "redis-queue/appendonlydir/appendonly.aof.manifest");
  const right = readFileSync(manifest, "utf8");
  writeFileSync(manifest, "nonsense\n");
  await kill(pid);
  expect(await said(/could not be started 3 times in a row: .*\(log: .*redis-queue\.log\).*It stays down/)).toBe(true);
  const trouble = async () => (await readServicesState(dataDir))?.troubles[0];
  expect(await trouble()).toMatchObject({
    service: "queue",
    restartedAt: null,
    reason: expect.stringContaining("log:"),
  });
  const [down] = await readServiceNotes(dataDir, new Set([services.queueRedisUrl ?? ""]));
  expect(down).toEqual({
    isDown: true,
    text: expect.stringMatching(/^The Redis queue has been down since .* Last output: /),
  });
  writeFileSync(manifest, right);
  expect(await said(/is running again/)).toBe(true);
  const restartedAt = (await trouble())?.restartedAt ?? "";
  expect(lines.filter((line) => line.includes("It stays down"))).toHaveLength(1);

  const urls = new Set([services.queueRedisUrl ?? ""]);
  const notesAt = (nowMs: number) => readServiceNotes(dataDir, urls, nowMs);
  expect(await notesAt(Date.parse(restartedAt) + 1_000)).toEqual([
    {
      isDown: false,
      text: expect.stringMatching(/^The Redis queue died at \S+ UTC and was restarted at \S+ UTC \(\d+ failures/),
    },
  ]);
  expect(await notesAt(Date.parse(restartedAt) + 3_600_001)).toEqual([]);
  expect(await readServiceNotes(dataDir, new Set(["redis://elsewhere"]))).toEqual([]);
});

test("a restart takes no other port, because clients know the first one", async () => {
  const thief = createServer((socket) => socket.destroy()).listen(0, "127.0.0.1");
  await once(thief, "listening");
  const address = thief.address();
  const port = typeof address === "object" ? address?.port : undefined;
  const launched = await launchOnPort({ preferred: port, isFixed: true }, () => {
    throw new Error("Nothing is to be launched.");
  });
  thief.close();
  expect(launched).toEqual({ failure: `port ${port} is in use by another program` });
});

test("an orderly stop restarts nothing", async () => {
  const services = await start(all, { everyMs: 1 });
  const { pids } = services;
  await services.close();
  expect(services.pids).toEqual(pids);
  expect(pids.map(processIsAlive)).toEqual([false, false, false]);
  expect(lines).toEqual([]);
});

test("a stop during a restart ends what the restart began", async () => {
  const services = await start(all, { everyMs: 5 });
  const [pid = 0] = services.pids;
  await kill(pid);
  expect(await said(/Postgres .* died/)).toBe(true);
  await services.close();
  expect(services.pids.map(processIsAlive)).toEqual([false, false, false]);
  // The PID file of a server that was not stopped in order would still be there.
  expect(() => readFileSync(join(dataDir, "postgres/postmaster.pid"))).toThrow(/ENOENT/);
});

test("a process that has lost the folder to another one restarts nothing", async () => {
  const services = await start(onlyCache, { everyMs: 10 });
  const [pid = 0] = services.pids;
  writeFileSync(join(dataDir, "owner.json"), JSON.stringify({ id: "another", pid: process.ppid, startTime: null }));
  await kill(pid);
  expect(await said(/belongs to another process now/)).toBe(true);
  expect(services.pids).toEqual([pid]);
});

test("of two programs on one folder only the owner restarts a service", async () => {
  const program = join(import.meta.dirname, "test-owner.ts");
  const owner = spawn(process.execPath, ["--import", "tsx", program, dataDir], { stdio: ["ignore", "pipe", "ignore"] });
  const ended = new Promise((resolve) => void owner.once("exit", resolve));
  try {
    let ready = 0;
    for await (const _ of createInterface({ input: owner.stdout })) {
      ready += 1;
      if (ready === 3) break;
    }
    await expect(start()).rejects.toThrow(`in use by process ${owner.pid}`);
    const before = (await readServicesState(dataDir))?.cache?.pid ?? 0;
    await kill(before);
    const isBack = async (): Promise<boolean> => {
      const state = await readServicesState(dataDir);
      return state?.cache?.pid !== before && state?.troubles[0]?.restartedAt !== null;
    };
    expect(await waitUntil(isBack, 30_000)).toBe(true);
    expect((await readServicesState(dataDir))?.ownerPid).toBe(owner.pid);
  } finally {
    owner.kill("SIGKILL");
    await ended;
    // Takes over what the killed owner left, and stops it.
    await (await startServices({ dataDir, need: all })).close();
  }
});

test("a disk that is nearly full is reported once, and once more when it has space again", async () => {
  const services = await start(onlyCache, { everyMs: 1_000, diskEveryMs: 10, fewBytes: Number.MAX_SAFE_INTEGER });
  expect(await said(/nearly full \(\d+ MB free\)\. Free some space/)).toBe(true);
  expect((await readServicesState(dataDir))?.freeBytes).toBeGreaterThan(0);
  await services.close();
  expect(lines).toHaveLength(1);
});
