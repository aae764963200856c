import { findRedis } from "@weir/embedded";
import { waitUntil } from "@weir/embedded/processes";
import { openBundles } from "@weir/testkit/bundles";
import { parseClock } from "../../packages/cache/src/redis/clock";
import { type Child, startChild } from "../cache-fleet/child";
import { type RedisServer, startRedisServer } from "../cache-fleet/redis-server";
import type { Holding, NodeSettings } from "../cache-memory/node";
import { installing } from "../installing";
import type { Suite, SuiteOptions, SuiteResult } from "../suite";
import { formatTable } from "../table";
import { type Target, describeTarget, holds } from "../targets";
import { inTemporaryFolder } from "../temporary-folder";

const nodeProgram = new URL("../cache-memory/node.ts", import.meta.url);
const keyPrefix = "memory:";
const tags = 100_000;
/** Beyond as many marks as Redis keeps, when they come on top of the tags: 50 000 are dropped. */
const moreTags = 150_000;
const mostMarks = 200_000;
/** Marks and log as large as they get, with names of this length. */
const mostRedisMb = 24;
const mostNodeMb = 8;
/** From half of the invalidations to the last. */
const mostGrowthMb = 2;

type Sample = {
  invalidations: number;
  redisMb: number;
  marks: number;
  /** Values loaded this many invalidations ago are void, regardless of their tags. */
  floorBehind: number;
  logEntries: number;
  writerMb: number;
  listenerMb: number;
};

async function look({ client }: RedisServer, writer: Child, listener: Child, invalidations: number): Promise<Sample> {
  const shared = (name: string): string => `{${keyPrefix}cache}:${name}`;
  // The results of the node program.
  const holding = async (child: Child): Promise<Holding> => (await child.call("holding")) as Holding;
  const { epoch, heapMb: writerMb } = await holding(writer);
  // It is judged by its memory after it has received everything.
  await waitUntil(async () => (await holding(listener)).epoch >= epoch, 60_000, 250);
  const clock = parseClock(await client.get(shared("clock")));
  const names = ["clock", "marks", "log", "nodes", "server"].map(shared);
  const sizes = await Promise.all(names.map((name) => client.memory("USAGE", name, "SAMPLES", 0)));
  return {
    invalidations,
    redisMb: sizes.reduce<number>((sum, size) => sum + (size ?? 0), 0) / 2 ** 20,
    marks: await client.zcard(shared("marks")),
    floorBehind: (clock?.epoch ?? 0) - (clock?.purgeFloor ?? 0),
    logEntries: await client.xlen(shared("log")),
    writerMb,
    listenerMb: (await holding(listener)).heapMb,
  };
}

function tableOf(samples: readonly Sample[]): string {
  const head = ["invalidations", "Redis MB", "marks", "floor behind", "log entries", "writer MB", "listener MB"];
  const rows = samples.map(({ invalidations, redisMb, marks, floorBehind, logEntries, writerMb, listenerMb }) => [
    String(invalidations),
    redisMb.toFixed(1),
    String(marks),
    String(floorBehind),
    String(logEntries),
    writerMb.toFixed(1),
    listenerMb.toFixed(1),
  ]);
  return formatTable(head, rows, 0);
}

const atMost = (name: string, value: number, bound: number): Target => ({
  name,
  value,
  interval: null,
  bound,
  sense: "at most",
  unit: "MB",
});

async function measure({ quick, log }: SuiteOptions, folder: string): Promise<SuiteResult> {
  const times = quick ? 200_000 : 1_000_000;
  const { path } = await findRedis(installing(log));
  const bundles = openBundles();
  const redis = await startRedisServer(path, folder, ["--maxmemory-policy", "volatile-lfu"]);
  try {
    const program = await bundles.add(nodeProgram);
    const [writer, listener] = ["writer", "listener"].map((nodeId) => {
      const settings: NodeSettings = { redisUrl: redis.url, keyPrefix, nodeId };
      return startChild({ program, args: [JSON.stringify(settings)], pidFolder: folder, execArgv: ["--expose-gc"] });
    });
    if (writer === undefined || listener === undefined) throw new Error("There are two nodes.");
    try {
      await Promise.all([writer.call("start"), listener.call("start")]);
      const samples = [await look(redis, writer, listener, 0)];
      let queued = 0;
      const quarter = times / 4;
      log(`${times} invalidations over ${tags} tags …`);
      for (let part = 0; part < 4; part += 1) {
        queued += Number(await writer.call("invalidate", part * quarter, quarter, tags));
        samples.push(await look(redis, writer, listener, (part + 1) * quarter));
      }
      log(`${moreTags} more, each with its own tag …`);
      queued += Number(await writer.call("invalidate", tags, moreTags, tags + moreTags));
      samples.push(await look(redis, writer, listener, times + moreTags));
      await Promise.all([writer.call("close"), listener.call("close")]);

      log(`\n${tableOf(samples)}\n`);
      const [first, , half, , full, last] = samples;
      if (first === undefined || half === undefined || full === undefined || last === undefined)
        throw new Error("There are six samples.");
      const most = (of: (sample: Sample) => number): number => Math.max(...samples.map(of));
      const targets = [
        atMost(
          "Redis: clock, marks, log and leases of nodes, at most",
          most(({ redisMb }) => redisMb),
          mostRedisMb,
        ),
        atMost(
          "a node that invalidates, more than at the start",
          most(({ writerMb }) => writerMb) - first.writerMb,
          mostNodeMb,
        ),
        atMost(
          "a node that only follows the log, more than at the start",
          most(({ listenerMb }) => listenerMb) - first.listenerMb,
          mostNodeMb,
        ),
        atMost("Redis, growth over the second half", full.redisMb - half.redisMb, mostGrowthMb),
        atMost("a node that invalidates, growth over the second half", full.writerMb - half.writerMb, mostGrowthMb),
        atMost(
          "a node that only follows the log, growth over the second half",
          full.listenerMb - half.listenerMb,
          mostGrowthMb,
        ),
      ];
      for (const target of targets) log(describeTarget(target));
      const marksHeld = most(({ marks }) => marks) <= mostMarks && queued === 0;
      log(
        `${marksHeld ? "✓ held  " : "✗ missed"} never more than ${mostMarks} marks, all invalidations applied: ${queued} queued`,
      );
      // One tag each, so the number of marks equals the number of invalidations.
      const livesOn = last.marks === mostMarks && last.floorBehind >= mostMarks;
      log(
        `${livesOn ? "✓ held  " : "✗ missed"} beyond ${mostMarks} marks only the oldest are dropped: values loaded during the last ${last.floorBehind} invalidations stay valid`,
      );
      const held = targets.filter(holds).length + [marksHeld, livesOn].filter(Boolean).length;
      return { held, missed: targets.length + 2 - held, report: { samples, queued } };
    } finally {
      await writer.kill();
      await listener.kill();
    }
  } finally {
    bundles.remove();
    await redis.close();
  }
}

export const suite: Suite = {
  name: "cache-memory",
  summary: "a million invalidations over 100 000 tags: bounded state in Redis and in each node",
  quickSeconds: 75,
  fullSeconds: 240,
  run: (options) => inTemporaryFolder("memory", (folder) => measure(options, folder)),
};
