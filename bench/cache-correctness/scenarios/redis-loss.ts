import { setTimeout as pause } from "node:timers/promises";
import { waitUntil } from "@weir/embedded/processes";
import { reconnectMs, type Scenario, settleMs } from "../scenario";
import type { Stage } from "../stage";
import { absent, allRead, right, textOf, type Verdict, wrong } from "../verdict";
import { warmUp } from "./outages";

async function readEverywhere({ nodes: [first, second, third] }: Stage): Promise<Verdict> {
  await third.open();
  return allRead("new", {
    "where it was deleted": await first.get(1),
    "on the other": await second.get(1),
    "on a new node": await third.get(1),
  });
}

const oldSnapshot: Scenario = {
  name: "Redis restarts from a snapshot older than the delete",
  play: async (stage) => {
    await warmUp(stage);
    await stage.redis.client.save();
    await stage.nodes[0].deleteKey(1);
    await pause(settleMs);
    await stage.redis.kill();
    await stage.redis.start();
    await pause(reconnectMs);
    return readEverywhere(stage);
  },
};

const laggingReplica: Scenario = {
  name: "a replica that lags behind the delete is promoted",
  play: async (stage) => {
    const { nodes, redis } = stage;
    const link = await stage.openProxy(redis.url);
    const replica = await stage.startRedis(["--replicaof", `127.0.0.1 ${new URL(link.url).port}`]);
    const isLinked = async (): Promise<boolean> =>
      (await replica.client.info("replication")).includes("master_link_status:up");
    if (!(await waitUntil(isLinked, 15_000))) return wrong("the replica never followed");
    await warmUp(stage);
    link.freeze();
    await nodes[0].deleteKey(1);
    await pause(settleMs);
    await redis.kill();
    await replica.client.call("REPLICAOF", "NO", "ONE");
    for (const { proxy } of nodes) proxy.retarget(replica.url);
    await pause(reconnectMs);
    const verdict = await readEverywhere(stage);
    await redis.start();
    return verdict;
  },
};

const flush: Scenario = {
  name: "FLUSHALL before a delete, and after one with a load in flight",
  play: async (stage) => {
    const [first, second] = stage.nodes;
    await warmUp(stage);
    await stage.redis.client.flushall();
    await first.deleteKey(1);
    await pause(settleMs);
    const before = allRead("new", { "where it was deleted": await first.get(1), "on the other": await second.get(1) });
    if (before.kind === "wrong") return before;
    stage.source.values.set(2, "old");
    const begun = stage.source.loads.length;
    const release = stage.source.hold();
    const reader = second.get(2);
    await stage.source.begun(begun + 1);
    stage.source.values.set(2, "new");
    await first.deleteKey(2);
    await stage.redis.client.flushall();
    await pause(settleMs);
    release();
    await reader;
    await pause(settleMs);
    return allRead("new", {
      "after it, where it was deleted": await first.get(2),
      "on the loading node": await second.get(2),
    });
  },
};

const keys = Array.from({ length: 40 }, (_none, index) => index + 1);

/** Existing keys of the contender, read so often that Redis evicts others first. */
async function heat({ redis, prefix }: Stage): Promise<void> {
  const present: string[] = [];
  for await (const page of redis.client.scanStream({ match: `*${prefix}*`, count: 1000 })) present.push(...page);
  for (let time = 0; time < 200 && present.length > 0; time += 1) await redis.client.mget(...present);
}

const memoryPressure: Scenario = {
  name: "tag invalidated, then Redis evicts under memory pressure (volatile-lfu)",
  play: async (stage) => {
    if (!stage.features.tags) return absent("no tags");
    const { nodes, source, redis } = stage;
    const [first, , third] = nodes;
    for (const key of keys) {
      source.values.set(key, "old");
      await first.get(key);
    }
    await pause(settleMs);
    await heat(stage);
    const used = Number(/used_memory:(\d+)/u.exec(await redis.client.info("memory"))?.[1]);
    await redis.client.config("SET", "maxmemory", String(used + 3 * 2 ** 20));
    try {
      for (const key of keys) source.values.set(key, "new");
      await first.invalidateTag("all");
      await pause(settleMs);
      const junk = "x".repeat(10_000);
      for (let index = 0; index < 1500; index += 1) await redis.client.set(`junk:${index}`, junk, "EX", 600);
      const evicted = Number(/evicted_keys:(\d+)/u.exec(await redis.client.info("stats"))?.[1]);
      if (evicted === 0) return wrong("nothing was evicted: the scenario proves nothing");
      await third.open();
      const answers = await Promise.all(keys.map((key) => third.get(key)));
      const strangers = answers.filter((answer) => textOf(answer) !== "new");
      if (strangers[0] === undefined) return right(`all ${keys.length} new`);
      return wrong(`${strangers.length} of ${keys.length}: ${textOf(strangers[0])}`);
    } finally {
      await redis.client.config("SET", "maxmemory", "0");
      await redis.client.flushall();
    }
  },
};

const logBurst: Scenario = {
  name: "12 000 invalidations while a node's link is frozen, more than a log keeps",
  play: async (stage) => {
    const [first, second] = stage.nodes;
    await warmUp(stage);
    second.proxy.freeze();
    await first.deleteKey(1);
    await first.burst(12_000);
    second.proxy.heal();
    await pause(reconnectMs);
    return allRead("new", { "on the node that was away": await second.get(1) });
  },
};

export const redisLoss: readonly Scenario[] = [oldSnapshot, laggingReplica, flush, memoryPressure, logBurst];
