import { platformOutbox } from "@weir/postgres/schema";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { TemporaryServices } from "@weir/embedded";
import { waitUntil } from "@weir/embedded/processes";
import { createCache } from "@weir/cache";
import type { DyingWriter } from "../../packages/cache/src/testing/test-dying-writer";
import { createOutbox, type Database, type Db, type Tx } from "@weir/postgres";
import { median } from "../statistics";
import { openCounters } from "./counters";

export type Killed = {
  kills: number;
  /** Values that were still old after `periodMs`. */
  survived: number;
  periodMs: number;
  /** From the death of a writer until the survivor reads what it wrote. */
  p50Ms: number;
  maxMs: number;
  rollbacks: number;
  /** How far the log's clock advanced during the rollbacks. */
  epochsOfRollbacks: number;
};

export type KillOptions = {
  kills: number;
  /** The bundled packages/cache/src/testing/test-dying-writer.ts. */
  program: string;
  services: TemporaryServices;
  redisUrl: string;
  database: Database;
};

const sweepMs = 1000;
/** A sweep starts at most a quarter late; the rest allows for the sweep itself on a busy machine. */
const periodMs = 2 * sweepMs + 1000;
/** Concurrent writers, each with its own counter. */
const together = 4;

/** Resolves with how it died. */
async function runWriter(program: string, folder: string, writer: DyingWriter): Promise<string> {
  const child = spawn(process.execPath, [program], { stdio: ["pipe", "ignore", "ignore"] });
  child.stdin.end(JSON.stringify(writer));
  const pidFile = join(folder, `writer-${child.pid}.pid`);
  writeFileSync(pidFile, `${child.pid}\n`);
  // The arguments of `exit`: the code, or the signal.
  const [code, signal] = (await once(child, "exit")) as [number | null, string | null];
  rmSync(pidFile, { force: true });
  return signal ?? `code ${code}`;
}

/**
 * Kills writers between commit and invalidation while a node holds the old value in memory, and measures how long it
 * survives there. Then rolls back writes, by an error and by kill -9, and checks whether the log advanced.
 */
export async function killWriters({ kills, program, services, redisUrl, database }: KillOptions): Promise<Killed> {
  const keyPrefix = "killed:";
  const cache = createCache<Db, Tx>({
    redis: { url: redisUrl },
    nodeId: "survivor",
    keyPrefix,
    outbox: createOutbox(database, platformOutbox),
    timings: { sweepMs },
  });
  const counters = openCounters(database);
  const group = cache.define<number, number>({
    name: "bench.killed",
    version: 1,
    key: String,
    tags: (key) => [`killed:${key}`],
    freshFor: "1h",
    load: counters.read,
  });
  const run = (key: number, dies: DyingWriter["dies"]): Promise<string> =>
    runWriter(program, services.folder, {
      redisUrl,
      databaseUrl: services.databaseUrl,
      keyPrefix,
      statement: `update bench_counters set n = n + 1 where id = ${key}`,
      tag: `killed:${key}`,
      dies,
    });
  const delays: number[] = [];
  let begun = 0;
  let survived = 0;
  const work = async (): Promise<void> => {
    while (begun < kills) {
      const key = begun;
      begun += 1;
      const before = (await group.get(key)) ?? 0;
      if (group.peek(key) !== before) throw new Error("The survivor does not hold the value in its memory.");
      const death = await run(key, "after commit");
      const diedAtMs = performance.now();
      if (death !== "SIGKILL") throw new Error(`A writer ended with ${death}, before it could be killed.`);
      const isCoherent = await waitUntil(async () => (await group.get(key)) === before + 1, periodMs, 5);
      if (isCoherent) delays.push(performance.now() - diedAtMs);
      else survived += 1;
    }
  };
  const rollBack = async (times: number): Promise<number> => {
    const { epoch } = cache.stats();
    for (let time = 0; time < times; time += 1) {
      const failing = cache.mutate(database.db, async (tx, touched) => {
        await counters.bump(tx, 0);
        touched.tags("killed:0");
        throw new Error("rolled back");
      });
      await failing.catch(() => undefined);
    }
    for (let time = 0; time < times / 20; time += 1) await run(0, "before commit");
    // It would have been applied at most two sweeps later.
    await waitUntil(() => cache.stats().epoch !== epoch, periodMs);
    return cache.stats().epoch - epoch;
  };
  try {
    await cache.ready();
    await Promise.all(Array.from({ length: together }, work));
    const rollbacks = kills;
    const epochsOfRollbacks = await rollBack(rollbacks);
    return {
      kills,
      survived,
      periodMs,
      p50Ms: median(delays),
      maxMs: Math.max(...delays),
      rollbacks: rollbacks + Math.ceil(rollbacks / 20),
      epochsOfRollbacks,
    };
  } finally {
    await cache.close();
  }
}
