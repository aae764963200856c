// Layer 1 and 2 (README "Storage Tiering and Caching"), kept in step by CacheableSync over Redis (README "CacheableSync"),
// tags (README "Tag Based Invalidation"), and getOrSet, which has the stampede protection (README "GetOrSet"). Not
// `nonBlocking`: it would not read what another node has stored. https://cacheable.org/docs/cacheable
import KeyvRedis from "@keyv/redis";
import { RedisMessageProvider } from "@qified/redis";
import { Cacheable, CacheableHooks } from "cacheable";
import { tagsOf } from "./shared.mjs";

export const features = { tags: true, getMany: false, versions: false };

/** @type {import("./shared.mjs").OpenRival} */
export async function open({ redisUrl, prefix, load }) {
  const provider = new RedisMessageProvider({ uri: redisUrl });
  const cache = new Cacheable({
    namespace: prefix,
    secondary: new KeyvRedis(redisUrl),
    ttl: "1h",
    tags: true,
    sync: { qified: provider },
  });
  cache.on("error", () => undefined);
  // getOrSet takes no tags, so the hook of its internal set adds them.
  cache.onHook(CacheableHooks.BEFORE_SET, (item) => {
    item.tags = tagsOf(Number(item.key));
  });
  return {
    get: (key) => cache.getOrSet(String(key), () => load(key), { throwErrors: "function" }),
    deleteKey: async (key) => {
      if (!(await cache.delete(String(key)))) return "answered false";
    },
    invalidateTag: (tag) => cache.tags.invalidateTag(tag),
    close: async () => {
      await Promise.all([cache.disconnect(), provider.disconnect()]);
    },
  };
}
