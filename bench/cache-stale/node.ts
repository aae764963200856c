import { platformOutbox } from "@weir/postgres/schema";
import { AsyncLocalStorage } from "node:async_hooks";
import { openSync, readFileSync, writeSync } from "node:fs";
import { setImmediate as nextTurn } from "node:timers/promises";
import { createCache } from "@weir/cache";
import { channels } from "@weir/core/channels";
import { createDatabase, createOutbox, type Db, type Tx } from "@weir/postgres";
import { serveParent } from "../cache-fleet/serve-parent";
import { createRandom } from "../fuzz/random";
import { openCounters } from "./counters";
import { createRecorder, type Kind, nowNs } from "./record";

// One node of the fleet: readers and writers of counters, as a process that may be killed at any moment. It records
// acknowledgements and reads for the judge.

export type NodeSettings = {
  process: number;
  redisUrl: string;
  databaseUrl: string;
  keyPrefix: string;
  counters: number;
  workers: number;
  /** Of all key reads and writes together. */
  writeShare: number;
  /** Of the writes. */
  fleetShare: number;
  recordFile: string;
  seed: number;
};

const settings = JSON.parse(readFileSync(0, "utf8")) as NodeSettings;
const { next: random } = createRandom(settings.seed);
const file = openSync(settings.recordFile, "a");
const recorder = createRecorder((page) => void writeSync(file, page));
const flushing = setInterval(recorder.flush, 100);
const database = createDatabase({ url: settings.databaseUrl, max: 6, acquireTimeoutMs: 30_000 });
const counters = openCounters(database);
const cache = createCache<Db, Tx>({
  redis: { url: settings.redisUrl },
  nodeId: `node-${settings.process}`,
  keyPrefix: settings.keyPrefix,
  outbox: createOutbox(database, platformOutbox),
});
const tagOf = (key: number): string => `counter:${key}`;
const group = cache.define<number, number>({
  name: "bench.counter",
  version: 1,
  key: String,
  tags: (key) => [tagOf(key)],
  freshFor: "1h",
  load: counters.read,
  loadMany: counters.readMany,
});

/** The epoch of this write's own invalidation. */
type Own = { tag: string; epoch: number };
const writing = new AsyncLocalStorage<Own>();
const prefix = tagOf(0).slice(0, -1);

function note(kind: Kind, key: number, value: number, atNs: number, epoch = 0, begunNs = 0): void {
  recorder.add({ kind, process: settings.process, key, value, epoch, atNs, begunNs });
}

channels.cache.subscribe((message) => {
  if (message.type !== "invalidation") return;
  const own = writing.getStore();
  if (message.local && own !== undefined && message.tags.includes(own.tag)) own.epoch = message.epoch;
  if (message.local) return;
  const atNs = nowNs();
  for (const tag of message.tags) {
    if (tag.startsWith(prefix)) note("heard", Number(tag.slice(prefix.length)), 0, atNs, message.epoch);
  }
});

/** The share of reads that request many keys. */
const manyShare = 0.2;
const manyKeys = 8;
const keysPerQuestion = 1 - manyShare + manyShare * manyKeys;
const writeChance =
  (settings.writeShare * keysPerQuestion) / (1 - settings.writeShare + settings.writeShare * keysPerQuestion);

const counts = { reads: 0, writes: 0, failedReads: 0, refusedWrites: 0 };

/** Some counters are read far more often than others. */
const anyKey = (): number => Math.floor(settings.counters * random() ** 3);

async function read(): Promise<void> {
  const keys = Array.from({ length: random() < manyShare ? manyKeys : 1 }, anyKey);
  const [key = 0] = keys;
  const begunNs = nowNs();
  try {
    const values = keys.length === 1 ? new Map([[key, await group.get(key)]]) : await group.getMany(keys);
    for (const [one, value] of values) note("read", one, value ?? 0, begunNs);
    counts.reads += values.size;
  } catch (error) {
    note("failed", key, 0, begunNs);
    counts.failedReads += 1;
    process.stderr.write(`${String(error)}\n`);
  }
}

/** Every fourth counter is written through the outbox, the others with a separate invalidation after the commit. */
async function write(): Promise<void> {
  const key = anyKey();
  const wait = random() < settings.fleetShare ? "fleet" : "local";
  const own: Own = { tag: tagOf(key), epoch: 0 };
  try {
    if (key % 4 === 0) {
      const value = await writing.run(own, () =>
        cache.mutate(
          database.db,
          async (tx, touched) => {
            touched.tags(own.tag);
            return counters.bump(tx, key);
          },
          { wait },
        ),
      );
      note(wait === "fleet" ? "fleet" : own.epoch > 0 ? "applied" : "queued", key, value, nowNs(), own.epoch);
    } else {
      const value = await counters.bump(database.db, key);
      const begunNs = nowNs();
      const { status, epoch } = await cache.invalidate({ tags: [own.tag] }, { wait });
      const kind = wait === "fleet" ? "fleet" : status;
      note(kind, key, value, nowNs(), epoch ?? 0, begunNs);
    }
    counts.writes += 1;
  } catch {
    // Not confirmed in time: nothing was promised.
    counts.refusedWrites += 1;
  }
}

const stopping = new AbortController();
async function work(): Promise<void> {
  for (let turn = 0; !stopping.signal.aborted; turn += 1) {
    await (random() < writeChance ? write() : read());
    // Reads from memory never yield to the event loop.
    if (turn % 8 === 0) await nextTurn();
  }
}

let working: Promise<unknown> = Promise.resolve();
serveParent({
  start: async () => {
    await cache.ready();
    working = Promise.all(Array.from({ length: settings.workers }, work));
  },
  counts: () => counts,
  stop: async () => {
    stopping.abort();
    await working;
    recorder.flush();
  },
  /** This node's value of each counter. */
  readAll: async () => {
    const all: [number, number][] = [];
    for (let key = 0; key < settings.counters; key += 1) all.push([key, (await group.get(key)) ?? 0]);
    return all;
  },
  close: async () => {
    clearInterval(flushing);
    recorder.flush();
    await cache.close();
    await database.close();
  },
});
