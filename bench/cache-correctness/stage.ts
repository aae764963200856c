import { randomBytes } from "node:crypto";
import { setTimeout as pause } from "node:timers/promises";
import { type FaultProxy, openFaultProxy } from "@weir/testkit/fault-proxy";
import { createTestSource, type TestSource } from "../../packages/cache/src/testing/test-source";
import { type Child, startChild } from "../cache-fleet/child";
import { type RedisServer, startRedisServer } from "../cache-fleet/redis-server";
import type { Features } from "./contender";
import type { Answer } from "./node";

/** One node of the contender, in its own process and behind its own proxy. */
export type StageNode = {
  readonly proxy: FaultProxy;
  /** Opens its cache; scenarios do so only for a node that joins late or runs another version. */
  open: (how?: { version?: number; loadMs?: number }) => Promise<void>;
  get: (key: number) => Promise<Answer>;
  getTimes: (key: number, count: number) => Promise<Answer[]>;
  readAgain: (key: number, count: number) => Promise<void>;
  getMany: (keys: readonly number[]) => Promise<Answer>;
  deleteKey: (key: number) => Promise<Answer>;
  invalidateTag: (tag: string) => Promise<Answer>;
  burst: (count: number) => Promise<void>;
  pause: () => void;
  resume: () => void;
  /** kill -9; the next call starts a new process. */
  kill: () => Promise<void>;
  close: () => Promise<void>;
};

/** The environment of a scenario: three nodes, two of them open, the source they load from, and their Redis. */
export type Stage = {
  readonly nodes: readonly [StageNode, StageNode, StageNode];
  readonly source: TestSource<string>;
  readonly features: Features;
  readonly redis: RedisServer;
  readonly prefix: string;
  /** Another server for the duration of the scenario. */
  startRedis: (settings: readonly string[]) => Promise<RedisServer>;
  /** Opens a proxy for the duration of the scenario. */
  openProxy: (url: string) => Promise<FaultProxy>;
};

export type StageOptions = {
  nodeProgram: string;
  adapter: string;
  features: Features;
  redisBinary: string;
  folder: string;
};

export type Theatre = {
  /** Runs a scenario on a fresh stage and cleans up. */
  play: <Result>(scenario: (stage: Stage) => Promise<Result>) => Promise<Result>;
  /** Kills the nodes, which ends the scenario: its remaining calls fail. */
  breakOff: () => Promise<void>;
  close: () => Promise<void>;
};

const longestAnswerMs = 6000;
const longestCloseMs = 3000;
const neverEnds = new AbortController().signal;

/** A reader that hangs must not hang the bench; it is a result of its own. */
async function within(answer: Promise<unknown>, ms = longestAnswerMs): Promise<Answer> {
  const late: Answer = { value: null, error: `no answer in ${ms / 1000} s`, ms };
  const ended = new AbortController();
  // A late result has no listener.
  answer.catch(() => undefined);
  try {
    // The results of the node program's methods.
    return (await Promise.race([answer, pause(ms, late, { signal: ended.signal })])) as Answer;
  } catch (error) {
    return { value: null, error: String(error), ms: 0 };
  } finally {
    ended.abort();
  }
}

export async function openTheatre(options: StageOptions): Promise<Theatre> {
  const { nodeProgram, adapter, folder } = options;
  let source = createTestSource<string>();
  let prefix = "";
  const redis = await startRedisServer(options.redisBinary, folder, ["--maxmemory-policy", "volatile-lfu"]);
  const proxies = await Promise.all([0, 1, 2].map(() => openFaultProxy(redis.url)));
  const children: (Child | undefined)[] = [];
  const childOf = (index: number): Child => {
    const present = children[index];
    if (present?.isAlive() === true) return present;
    const child = startChild({
      program: nodeProgram,
      args: [adapter],
      pidFolder: folder,
      methods: { load: (key: number) => source.load(key, { signal: neverEnds }) },
    });
    children[index] = child;
    return child;
  };
  const killAll = async (): Promise<void> => {
    for (const child of children) await child?.kill();
  };
  const nodeOf = (proxy: FaultProxy, index: number): StageNode => {
    const call = (method: string, ...args: unknown[]): Promise<unknown> => childOf(index).call(method, ...args);
    return {
      proxy,
      open: async ({ version = 1, loadMs = 0 } = {}) => {
        await call("open", { redisUrl: proxy.url, prefix, nodeId: `node-${index}`, version, loadMs });
      },
      get: (key) => within(call("get", key)),
      getTimes: (key, count) => call("getTimes", key, count) as Promise<Answer[]>,
      readAgain: async (key, count) => void (await call("readAgain", key, count)),
      getMany: (keys) => within(call("getMany", keys)),
      deleteKey: (key) => within(call("deleteKey", key)),
      invalidateTag: (tag) => within(call("invalidateTag", tag)),
      burst: async (count) => void (await call("burst", count)),
      pause: () => childOf(index).pause(),
      resume: () => childOf(index).resume(),
      kill: () => childOf(index).kill(),
      close: async () => {
        const child = childOf(index);
        child.resume();
        const isClosed = child.call("close").then(
          () => true,
          () => false,
        );
        if (!(await Promise.race([isClosed, pause(longestCloseMs, false)]))) await child.kill();
      },
    };
  };
  const [first, second, third] = proxies.map(nodeOf);
  if (first === undefined || second === undefined || third === undefined) throw new Error("There are three nodes.");
  const nodes = [first, second, third] as const;

  return {
    play: async (scenario) => {
      source = createTestSource<string>();
      prefix = `m${randomBytes(4).toString("hex")}:`;
      const own: { close: () => Promise<void> }[] = [];
      for (const proxy of proxies) {
        proxy.heal();
        proxy.retarget(redis.url);
      }
      try {
        await Promise.all([first.open(), second.open()]);
        return await scenario({
          nodes,
          source,
          features: options.features,
          redis,
          prefix,
          startRedis: async (settings) => {
            const server = await startRedisServer(options.redisBinary, folder, settings);
            own.push(server);
            return server;
          },
          openProxy: async (url) => {
            const proxy = await openFaultProxy(url);
            own.push({ close: () => proxy[Symbol.asyncDispose]() });
            return proxy;
          },
        });
      } finally {
        for (const proxy of proxies) proxy.heal();
        await Promise.all(nodes.map((node) => node.close()));
        await Promise.all(own.map((one) => one.close()));
      }
    },
    breakOff: killAll,
    close: async () => {
      await killAll();
      await Promise.all(proxies.map((proxy) => proxy[Symbol.asyncDispose]()));
      await redis.close();
    },
  };
}
