import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import type { TemporaryServices } from "@weir/embedded";
import { createDatabase } from "@weir/postgres";
import type { RedisServer } from "../cache-fleet/redis-server";
import type { SuiteOptions } from "../suite";
import { beginChaos } from "./chaos";
import { measureCoherence } from "./coherence";
import { readAllCounters } from "./counters";
import { type Fleet, startFleet } from "./fleet";
import { type Judgement, judgeReads } from "./judge-reads";
import { nowNs } from "./record";

export const counters = 2000;
export type Plan = { reads: number; longestMs: number; kills: number };
export type Tools = { services: TemporaryServices; redis: RedisServer; random: () => number; log: SuiteOptions["log"] };

/** The engine's defaults. */
const trustMs = 3000;
const leaseMs = 4000;
/** Longer than it takes to reconnect, to trust the log again and to sweep the outbox. */
const calmMs = 6000;
/** How often Redis loses everything; each time, queued invalidations and reads race for a moment. */
const wipeEveryMs = 15_000;
/** Before the chaos, for a baseline. */
const quietMs = 4000;

function start({ services, redis, random }: Tools, program: string, name: string, size: number): Promise<Fleet> {
  const folder = join(services.folder, name);
  mkdirSync(folder);
  return startFleet({
    size,
    program,
    folder: services.folder,
    recordFolder: folder,
    random,
    redisUrl: redis.url,
    databaseUrl: services.databaseUrl,
    keyPrefix: `${name}:`,
    counters,
    workers: 32,
    writeShare: 0.1,
    fleetShare: 0.02,
  });
}

/** Number of values that differ from Postgres, over all nodes, once everything is quiet. */
async function disagreements({ nodes }: Fleet, { services }: Tools): Promise<number> {
  const database = createDatabase({ url: services.databaseUrl, max: 1 });
  try {
    const truth = await readAllCounters(database);
    let count = 0;
    for (const node of nodes) {
      const all = (await node.call("readAll")) as [number, number][];
      // These are written through the outbox. A kill may come between the commit of another and its invalidation.
      count += all.filter(([key, value]) => key % 4 === 0 && truth.get(key) !== value).length;
    }
    return count;
  } finally {
    await database.close();
  }
}

/** Chaos on four nodes until enough was read, then calm. Returns the records of all nodes. */
export async function storm(tools: Tools, program: string, { reads, longestMs }: Plan) {
  const { redis, random, log } = tools;
  const fleet = await start(tools, program, "storm", 4);
  try {
    // A young log makes `wait: "fleet"` wait for nodes that it may have forgotten.
    await pause(leaseMs);
    const quietFromNs = nowNs();
    await pause(quietMs);
    const quietUntilNs = nowNs();
    const chaos = beginChaos(fleet.nodes, random);
    const startedAtMs = performance.now();
    const elapsedMs = (): number => performance.now() - startedAtMs;
    let wipes = 0;
    let nextLineMs = 0;
    let read = 0;
    // A killed node loses its records of the last 100 ms.
    while (read < 1.02 * reads && elapsedMs() < longestMs) {
      await pause(500);
      const counts = await Promise.all(fleet.nodes.map((node) => node.counts()));
      read = counts.reduce((sum, one) => sum + one.reads, 0);
      if (elapsedMs() > (wipes + 1) * wipeEveryMs) {
        wipes += 1;
        await redis.kill();
        await redis.start();
      }
      if (elapsedMs() < nextLineMs) continue;
      nextLineMs += 20_000;
      log(`${(elapsedMs() / 1000).toFixed(0)} s: ${read} reads`);
    }
    await chaos.stop();
    const counts = await Promise.all(fleet.nodes.map((node) => node.counts()));
    await Promise.all(fleet.nodes.map((node) => node.call("stop")));
    await pause(calmMs);
    const differing = await disagreements(fleet, tools);
    await Promise.all(fleet.nodes.map((node) => node.call("close")));
    const tally = [...chaos.tally, ["Redis killed, back empty", wipes] as const];
    const refused = counts.reduce((sum, one) => sum + one.refusedWrites, 0);
    const records = [...fleet.records()];
    return {
      judgement: judgeReads(records, trustMs),
      quiet: measureCoherence(records, quietFromNs, quietUntilNs),
      coherence: measureCoherence(records, quietUntilNs, nowNs()),
      differing,
      faults: Object.fromEntries(tally),
      refused,
      seconds: elapsedMs() / 1000,
    };
  } finally {
    await fleet.close();
  }
}

/** The same without chaos, on an engine whose fence lets everything pass. */
export async function stormOfTheBlind(tools: Tools, program: string): Promise<Judgement> {
  const fleet = await start(tools, program, "blind", 2);
  try {
    await pause(2 * trustMs);
    await Promise.all(fleet.nodes.map((node) => node.call("stop")));
    return judgeReads(fleet.records(), trustMs);
  } finally {
    await fleet.close();
  }
}
