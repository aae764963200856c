import { Redis } from "ioredis";
import { afterAll, beforeAll, expect, test } from "vitest";
import { evalScript, type RedisScript } from "@weir/core/redis-script";
import { findRedis } from "@weir/embedded";
import { freePort } from "@weir/embedded/processes";
import { openTestNodes } from "../testing/test-nodes";
import { startTestRedis, type TestRedis } from "../testing/test-redis";
import { keyNames } from "./names";
import * as scripts from "./scripts";

let server: TestRedis;
let redis: Redis;
/** A cluster of one node with every slot: like any cluster, it refuses commands with keys of two slots. */
beforeAll(async () => {
  let port = await freePort();
  // The cluster bus uses the port plus 10 000.
  while (port > 55_535) port = await freePort();
  server = await startTestRedis((await findRedis()).path, port, ["--cluster-enabled", "yes"]);
  redis = new Redis(server.url);
  await redis.call("CLUSTER", "ADDSLOTSRANGE", "0", "16383");
  while (!String(await redis.call("CLUSTER", "INFO")).includes("cluster_state:ok"));
});
afterAll(async () => {
  redis.disconnect();
  await server[Symbol.asyncDispose]();
});

const keys = keyNames("app:");
const slotOf = async (key: string): Promise<unknown> => redis.call("CLUSTER", "KEYSLOT", key);

test("clock, marks, log and nodes share a slot, and entries spread over many", async () => {
  const { clock, server: run, marks, log, nodes } = keys;
  expect(new Set(await Promise.all([clock, run, marks, log, nodes].map(slotOf))).size).toBe(1);
  const entries = Array.from({ length: 1000 }, (_, key) => keys.entry("note.byId", 1, String(key)));
  expect(new Set(await Promise.all(entries.map(slotOf))).size).toBeGreaterThan(900);
});

test("an entry and its lease share a slot, whatever the key is", async () => {
  for (const key of [
    "1",
    "",
    "a b",
    "{",
    "}",
    "{}",
    "{a}",
    "a}b{c}",
    "}{",
    "{{a}}",
    "{}{a}",
    "ü{ß}",
    "x".repeat(500),
  ]) {
    const entry = keys.entry("note.byId", 1, key);
    expect([key, await slotOf(keys.lease(entry))]).toEqual([key, await slotOf(entry)]);
  }
});

test("a cache refuses a server in cluster mode, where its reads would fail", async () => {
  await expect(openTestNodes({ redis: { url: server.url }, keyPrefix: "refused:" })).rejects.toMatchObject({
    name: "ClusterModeError",
    message: expect.stringContaining("cluster_enabled:1"),
  });
});

test("every script keeps to one slot", async () => {
  const { clock, server: run, marks, log, nodes } = keys;
  const entry = keys.entry("note.byId", 1, "{odd} key");
  const pair = [keys.lease(entry), entry];
  const asked: [RedisScript, string[], (string | number)[]][] = [
    [scripts.attachScript, [clock, run, marks, log, nodes], ["run", "one", "", 0, "node", 1000, 100]],
    [scripts.invalidateScript, [clock, marks, log], ["purge", "0", '["t:a"]', "node", 100, 100]],
    [scripts.renewScript, [clock, nodes], ["node", "one", 0, 1000]],
    [scripts.laggardsScript, [run, nodes], ["one", 1, "other", 1000]],
    [scripts.claimScript, pair, [1000, "token", "one", 1, 0, "", "0"]],
    [scripts.keepScript, pair.slice(0, 1), [1000, "token"]],
    [scripts.settleScript, pair, ["token", "text", 1000, 0]],
  ];
  for (const [script, names, args] of asked) {
    expect([script.name, await evalScript(redis, script, names, args)]).not.toContain(null);
  }
  expect(await redis.get(entry)).toBe("text");
});
