import { openSync, readFileSync, writeSync } from "node:fs";
import { setImmediate as nextTurn, setTimeout as pause } from "node:timers/promises";
import { sql } from "drizzle-orm";
import { integer, pgSchema } from "drizzle-orm/pg-core";
import { createCache, type Duration } from "@weir/cache";
import { createDatabase, createOutbox, createOutboxListener, type Db, prepared, type Tx } from "@weir/postgres";
import { platformOutbox } from "@weir/postgres/schema";
import { serveParent } from "../cache-fleet/serve-parent";
import { createRecorder, nowNs } from "../cache-stale/record";
import { createRandom } from "../fuzz/random";

// A node that reads accounts through the cache and never writes. It records every read for the judge.

export type NodeSettings = {
  process: number;
  redisUrl: string;
  databaseUrl: string;
  keyPrefix: string;
  accounts: number;
  workers: number;
  /** Whether it hears of commits, and how often it sweeps. */
  listens: boolean;
  sweepMs: number;
  recordFile: string;
  seed: number;
};

const settings = JSON.parse(readFileSync(0, "utf8")) as NodeSettings;
const { next: random } = createRandom(settings.seed);
const file = openSync(settings.recordFile, "a");
const recorder = createRecorder((page) => void writeSync(file, page));
const database = createDatabase({ url: settings.databaseUrl, max: 4, acquireTimeoutMs: 30_000 });
const accounts = pgSchema("bank").table("accounts", { id: integer("id").primaryKey(), n: integer("n").notNull() });
const byIds = prepared(database.db, "bench.accounts", (on) =>
  on
    .select()
    .from(accounts)
    .where(sql`${accounts.id} = any(${sql.placeholder("ids")}::int[])`),
);
const listener = settings.listens
  ? createOutboxListener({ url: settings.databaseUrl, applicationName: "weir bench commits" })
  : undefined;
const cache = createCache<Db, Tx>({
  redis: { url: settings.redisUrl },
  nodeId: `node-${settings.process}`,
  keyPrefix: settings.keyPrefix,
  outbox: createOutbox(database, platformOutbox, listener),
  timings: { sweepMs: settings.sweepMs },
});
const freshFor: Duration = "1h";
const group = cache.define<number, number>({
  name: "bench.account",
  version: 1,
  key: String,
  tags: (id) => [`account:${id}`, "account:*"],
  freshFor,
  load: async (id) => (await byIds.execute({ ids: [id] }))[0]?.n ?? null,
  loadMany: async (ids) => new Map((await byIds.execute({ ids: [...ids] })).map(({ id, n }) => [id, n])),
});

const counts = { reads: 0, failedReads: 0 };
const stopping = new AbortController();

async function read(): Promise<void> {
  const key = Math.floor(settings.accounts * random() ** 3);
  const atNs = nowNs();
  try {
    const value = (await group.get(key)) ?? 0;
    recorder.add({ kind: "read", process: settings.process, key, value, epoch: 0, atNs, begunNs: 0 });
    counts.reads += 1;
  } catch (error) {
    counts.failedReads += 1;
    process.stderr.write(`${String(error)}\n`);
  }
}

async function work(): Promise<void> {
  for (let turn = 0; !stopping.signal.aborted; turn += 1) {
    await read();
    // Reads from memory never yield to the event loop, and the writers need the processor too.
    if (turn % 64 === 63) await pause(10);
    else if (turn % 8 === 7) await nextTurn();
  }
}

let working: Promise<unknown> = Promise.resolve();
serveParent({
  start: async () => {
    await cache.ready();
    working = Promise.all(Array.from({ length: settings.workers }, work));
  },
  counts: () => Promise.resolve(counts),
  listens: () => Promise.resolve(listener?.state() ?? "away"),
  stop: async () => {
    stopping.abort();
    await working;
    recorder.flush();
    await cache.close();
    await database.close();
  },
});
