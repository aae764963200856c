import { type Cache, type CacheGroup, createCache } from "@weir/cache";
import { type City, type Load, type ReaderSettings, tagsOf } from "./reader";

const entriesElsewhere = 200;

/** Another group of this cache whose tags have all been invalidated, so that this node remembers as many marks. */
async function declareElsewhere(cache: Cache<never, never>, tags: number): Promise<void> {
  const tagsOfKey = (key: string): string[] => Array.from({ length: tags }, (_, index) => `elsewhere:${key}.${index}`);
  const group = cache.define<string, { text: string }>({
    name: "speed.elsewhere",
    version: 1,
    key: (key) => key,
    tags: tagsOfKey,
    freshFor: "1h",
    load: async (key) => ({ text: key }),
  });
  const keys = Array.from({ length: entriesElsewhere }, (_, index) => String(index));
  await group.getMany(keys);
  for (const key of keys) {
    const { status } = await cache.invalidate({ tags: tagsOfKey(key) });
    if (status !== "applied") throw new Error("Redis rejected an invalidation.");
  }
  await group.getMany(keys);
}

/** Weir with default timings, and one group of cities with three tags each. */
export async function openWeir(
  {
    redisUrl,
    keyPrefix,
    tier,
    tagsElsewhere,
  }: Pick<ReaderSettings, "redisUrl" | "keyPrefix" | "tier" | "tagsElsewhere">,
  load: Load,
  disabled: readonly ("single-flight" | "l1")[] = tier === "l2" ? ["l1"] : [],
): Promise<{ cache: Cache<never, never>; group: CacheGroup<string, City> }> {
  const cache = createCache({
    redis: { url: redisUrl },
    nodeId: `speed-${process.pid}`,
    keyPrefix,
    l1: { maxEntries: 100_000 },
    disable: new Set(disabled),
  });
  await cache.ready();
  if (tagsElsewhere > 0) await declareElsewhere(cache, tagsElsewhere);
  const group = cache.define<string, City>({
    name: "speed.city",
    version: 1,
    key: (key) => key,
    tags: tagsOf,
    freshFor: "1h",
    load,
  });
  return { cache, group };
}
