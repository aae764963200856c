import { type CacheMessage, channels } from "@weir/core/channels";
import type { Cache, Definition } from "../contract/types";
import { createCache } from "../create-cache";
import type { CacheOptions } from "../options";

export type TestNodes<Db = never, Tx = never> = {
  readonly nodes: readonly Cache<Db, Tx>[];
  /** @throws RangeError when no such node exists */
  node: (index: number) => Cache<Db, Tx>;
  [Symbol.asyncDispose]: () => Promise<void>;
};

/** Opens caches in this process as the nodes of one fleet. Resolves when all are ready. */
export async function openTestNodes<Db = never, Tx = never>(
  ...options: (Pick<CacheOptions<Db, Tx>, "redis" | "keyPrefix"> & Partial<CacheOptions<Db, Tx>>)[]
): Promise<TestNodes<Db, Tx>> {
  const nodes = options.map((one, index) =>
    // On a busy machine a process may stall for seconds and would lose its leases.
    createCache<Db, Tx>({
      nodeId: `node-${index}`,
      random: () => 0.5,
      ...one,
      timings: { loadLeaseMs: 30_000, ...one.timings },
    }),
  );
  const close = async (): Promise<void> => {
    await Promise.all(nodes.map((node) => node.close()));
  };
  try {
    await Promise.all(nodes.map((node) => node.ready()));
  } catch (error) {
    await close();
    throw error;
  }
  return {
    nodes,
    node: (index) => {
      const node = nodes[index];
      if (node === undefined) throw new RangeError(`There is no node ${index}.`);
      return node;
    },
    [Symbol.asyncDispose]: close,
  };
}

export type TestDefinition<Value> = Partial<Definition<number, Value>> & Pick<Definition<number, Value>, "load">;

/** A definition with one tag per key and long lifetimes. */
export function testDefinition<Value>(given: TestDefinition<Value>): Definition<number, Value> {
  return { name: "test.read", version: 1, key: String, tags: (key) => [`item:${key}`], freshFor: "1h", ...given };
}

/** Records the outcomes of reads from now on, as `outcome` or `outcome tier`, and all messages. Dispose it to stop. */
export function recordOutcomes(): { outcomes: string[]; messages: CacheMessage[]; [Symbol.dispose]: () => void } {
  const outcomes: string[] = [];
  const messages: CacheMessage[] = [];
  const stop = channels.cache.subscribe((message) => {
    messages.push(message);
    if (message.type === "read") {
      outcomes.push(message.tier === null ? message.outcome : `${message.outcome} ${message.tier}`);
    }
  });
  return { outcomes, messages, [Symbol.dispose]: stop };
}

/** Polls until the condition holds; the test's own time limit ends it otherwise. */
export async function until(settled: () => boolean | Promise<boolean>): Promise<void> {
  while (!(await settled())) {
    await new Promise((resolve) => {
      setTimeout(resolve, 2);
    });
  }
}
