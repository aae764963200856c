import { createCache } from "@weir/cache";
import { serveParent } from "../cache-fleet/serve-parent";

// A node whose memory is measured, as a separate process: it invalidates, or only follows the log.

export type NodeSettings = { redisUrl: string; keyPrefix: string; nodeId: string };
export type Holding = { heapMb: number; epoch: number };

const { redisUrl, keyPrefix, nodeId } = JSON.parse(process.argv[2] ?? "") as NodeSettings;
const cache = createCache({ redis: { url: redisUrl }, nodeId, keyPrefix });
const group = cache.define<number, { text: string }>({
  name: "bench.memory",
  version: 1,
  key: String,
  tags: (key) => [`tag:${key}`],
  freshFor: "1h",
  load: async (key) => ({ text: `value ${key}` }),
});
const together = 200;

serveParent({
  start: async () => {
    await cache.ready();
    for (let key = 0; key < 1000; key += 1) await group.get(key);
  },
  /** Invalidates one tag per call, cycling through the tags. */
  invalidate: async (first: number, times: number, tags: number) => {
    let next = 0;
    let queued = 0;
    const work = async (): Promise<void> => {
      while (next < times) {
        const tag = (first + next) % tags;
        next += 1;
        const { status } = await cache.invalidate({ tags: [`tag:${tag}`] });
        if (status === "queued") queued += 1;
      }
    };
    await Promise.all(Array.from({ length: together }, work));
    return queued;
  },
  /** Live heap size after a full collection. */
  holding: (): Holding => {
    for (let time = 0; time < 3; time += 1) globalThis.gc?.();
    return { heapMb: process.memoryUsage().heapUsed / 2 ** 20, epoch: cache.stats().epoch };
  },
  close: () => cache.close(),
});
