import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import { Redis } from "ioredis";
import { expect, inject, test } from "vitest";
import { testPrefix } from "@weir/testkit/testing";
import { openTestNodes, testDefinition, until } from "../testing/test-nodes";
import { createTestSource } from "../testing/test-source";

const leaseMs = 400;

/** A node in a process of its own that has begun to load key 1. */
async function startHolder(keyPrefix: string) {
  const args = ["--import", "tsx", `${import.meta.dirname}/../testing/test-lease-holder.ts`];
  const child: ChildProcess = spawn(process.execPath, [...args, inject("redisUrl"), keyPrefix, `${leaseMs}`, "100"], {
    stdio: ["pipe", "pipe", "inherit"],
  });
  const said: string[] = [];
  if (child.stdout === null) throw new Error("The process has no output.");
  createInterface({ input: child.stdout }).on("line", (line) => said.push(line));
  await until(() => said.includes("loading"));
  return {
    said,
    signal: (name: NodeJS.Signals) => void child.kill(name),
    go: () => void child.stdin?.write("go\n"),
    [Symbol.asyncDispose]: async () => {
      if (child.exitCode !== null || child.signalCode !== null) return;
      const ended = once(child, "exit");
      child.kill("SIGKILL");
      await ended;
    },
  };
}

async function meet() {
  const options = { redis: { url: inject("redisUrl") }, keyPrefix: testPrefix() };
  const holder = await startHolder(options.keyPrefix);
  const nodes = await openTestNodes({ ...options, timings: { loadWaitMs: 60_000, redisBudgetMs: 5000 } });
  const source = createTestSource([[1, "new"]]);
  const redis = new Redis(options.redis.url);
  const entry = `${options.keyPrefix}entry:test.read:v1:1`;
  return {
    holder,
    source,
    group: nodes.node(0).define(testDefinition(source)),
    stored: () => redis.get(entry),
    [Symbol.asyncDispose]: async () => {
      await nodes[Symbol.asyncDispose]();
      await holder[Symbol.asyncDispose]();
      redis.disconnect();
    },
  };
}

test("readers wait for a process that is killed during its load no longer than its lease", async () => {
  await using here = await meet();
  const read = here.group.get(1);
  here.holder.signal("SIGKILL");
  expect(await read).toBe("new");
  expect(here.source.loads).toEqual([1]);
  await until(async () => (await here.stored())?.includes("new") === true);
});

test("a process that was paused past its lease does not overwrite what another process loaded meanwhile", async () => {
  await using here = await meet();
  here.holder.signal("SIGSTOP");
  expect(await here.group.get(1)).toBe("new");
  await until(async () => (await here.stored())?.includes("new") === true);
  here.holder.signal("SIGCONT");
  here.holder.go();
  await until(() => here.holder.said.length === 3);
  // Its own reader arrived before the other load; its value is stored nowhere.
  expect(here.holder.said).toEqual(["loading", "read old", "kept nothing"]);
  expect(await here.stored()).toContain("new");
  expect(here.source.loads).toEqual([1]);
});
