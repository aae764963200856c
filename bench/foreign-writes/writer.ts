import { openSync, readFileSync, writeSync } from "node:fs";
import { setTimeout as pause } from "node:timers/promises";
import postgres from "postgres";
import { serveParent } from "../cache-fleet/serve-parent";
import { createRecorder, nowNs } from "../cache-stale/record";
import { createRandom } from "../fuzz/random";

// A program that knows nothing of Weir: a driver, SQL, and a role without rights on the schema weir.

export type WriterSettings = {
  process: number;
  url: string;
  accounts: number;
  /** Connections that write at the same time. */
  connections: number;
  /** Between two writes of a connection. */
  pauseMs: number;
  /** Every so many writes of a connection one changes every account. */
  bulkEvery: number;
  recordFile: string;
  seed: number;
};

const settings = JSON.parse(readFileSync(0, "utf8")) as WriterSettings;
const { next: random } = createRandom(settings.seed);
const file = openSync(settings.recordFile, "a");
const recorder = createRecorder((page) => void writeSync(file, page));
const sql = postgres(settings.url, { max: settings.connections, onnotice: () => undefined });
const stopping = new AbortController();
const counts = { writes: 0, rollbacks: 0 };

type Written = { id: number; n: number };

/** What the server has confirmed is committed by now. */
function note(rows: readonly Written[]): void {
  const atNs = nowNs();
  for (const { id, n } of rows) {
    recorder.add({ kind: "applied", process: settings.process, key: id, value: n, epoch: 0, atNs, begunNs: 0 });
  }
  counts.writes += rows.length;
}

const rolledBack = new Error("rolled back");

async function write(turn: number): Promise<void> {
  const id = Math.floor(settings.accounts * random() ** 3);
  if (turn % settings.bulkEvery === settings.bulkEvery - 1) {
    note(await sql<Written[]>`update bank.accounts set n = n + 1 returning id, n`);
  } else if (random() < 0.05) {
    const failing = sql.begin(async (tx) => {
      await tx`update bank.accounts set n = n + 1 where id = ${id}`;
      throw rolledBack;
    });
    await failing.catch((error: unknown) => {
      if (error !== rolledBack) throw error;
    });
    counts.rollbacks += 1;
  } else {
    note(await sql<Written[]>`update bank.accounts set n = n + 1 where id = ${id} returning id, n`);
  }
}

async function work(): Promise<void> {
  for (let turn = 0; !stopping.signal.aborted; turn += 1) {
    await write(turn);
    await pause(settings.pauseMs);
  }
}

let working: Promise<unknown> = Promise.resolve();
serveParent({
  start: () => {
    working = Promise.all(Array.from({ length: settings.connections }, work));
    return Promise.resolve();
  },
  counts: () => Promise.resolve(counts),
  stop: async () => {
    stopping.abort();
    await working;
    recorder.flush();
    await sql.end();
  },
});
