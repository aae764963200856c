import { setTimeout as pause } from "node:timers/promises";
import { serveParent } from "../cache-fleet/serve-parent";
import type { Adapter, NodeCache, Value } from "./contender";

// One node: a process with the cache of one contender, whose adapter is the first argument. It executes the scenario's
// calls and loads from the scenario's source.

export type Answer = { value: unknown; error: string | null; ms: number };

// Each adapter exports the same two names.
const { open } = (await import(process.argv[2] ?? "")) as Adapter;
let cache: NodeCache | undefined;

function opened(): NodeCache {
  if (cache === undefined) throw new Error("This node has no open cache.");
  return cache;
}

async function timed(read: () => Promise<unknown>): Promise<Answer> {
  const startedAt = performance.now();
  try {
    return { value: await read(), error: null, ms: performance.now() - startedAt };
  } catch (error) {
    return { value: null, error: String(error), ms: performance.now() - startedAt };
  }
}

/** Runs jobs, a hundred at a time. */
async function crowd(count: number, job: (index: number) => Promise<unknown>): Promise<void> {
  let next = 0;
  const work = async (): Promise<void> => {
    while (next < count) {
      next += 1;
      await job(next).catch(() => undefined);
    }
  };
  await Promise.all(Array.from({ length: 100 }, work));
}

const parent = serveParent({
  open: async (options: { redisUrl: string; prefix: string; nodeId: string; version: number; loadMs: number }) => {
    const { version, loadMs } = options;
    const shaped = (key: number, text: unknown): Value => {
      const padding = "x".repeat(200);
      return version === 1 ? { key, text: String(text), padding } : { key, name: String(text), padding };
    };
    const load = async (key: number): Promise<Value> => {
      if (loadMs > 0) await pause(loadMs);
      return shaped(key, await parent.call("load", key));
    };
    cache = await open({ ...options, load, loadMany: (keys) => Promise.all(keys.map(load)) });
  },
  get: (key: number) => timed(() => opened().get(key)),
  /** This many concurrent readers. */
  getTimes: (key: number, count: number) =>
    Promise.all(Array.from({ length: count }, () => timed(() => opened().get(key)))),
  /** One reader after the other. */
  readAgain: async (key: number, count: number) => {
    for (let time = 0; time < count; time += 1) await opened().get(key);
  },
  getMany: (keys: number[]) => timed(async () => opened().getMany?.(keys)),
  deleteKey: (key: number) => timed(() => opened().deleteKey(key)),
  invalidateTag: (tag: string) => timed(async () => opened().invalidateTag?.(tag)),
  burst: (count: number) => crowd(count, (index) => opened().deleteKey(1_000_000 + index)),
  close: async () => {
    await cache?.close();
    cache = undefined;
  },
});

// Some caches reject without a listener while Redis is down. The scenario judges what readers see.
process.on("unhandledRejection", () => undefined);
process.on("uncaughtException", () => undefined);
