import { createCache } from "@weir/cache";
import type { Features, NodeCache, OpenOptions, Value } from "./contender";

// Weir with its defaults, without changed timings.

export const features: Features = { tags: true, getMany: true, versions: true };

export async function open({ redisUrl, prefix, nodeId, version, load, loadMany }: OpenOptions): Promise<NodeCache> {
  const cache = createCache({ redis: { url: redisUrl }, nodeId, keyPrefix: prefix });
  const group = cache.define<number, Value>({
    name: "matrix.read",
    version,
    key: String,
    tags: (key) => [`item:${key}`, "all", `half:${key % 2}`],
    freshFor: "1h",
    load,
    loadMany: async (keys) => new Map((await loadMany(keys)).map((value) => [value.key, value])),
  });
  await cache.ready();
  return {
    get: (key) => group.get(key),
    getMany: async (keys) => [...(await group.getMany(keys)).values()],
    deleteKey: async (key) => {
      const { status } = await group.invalidate(key);
      return status === "queued" ? "said queued" : undefined;
    },
    invalidateTag: (tag) => cache.invalidate({ tags: [tag] }),
    close: cache.close,
  };
}
