// As ../cacheable.mjs. Its tags are looked up in Redis on every hit, so it is measured with and without tags. With
// "l2", Redis is its primary store (README "Storage Tiering and Caching").
import KeyvRedis from "@keyv/redis";
import { RedisMessageProvider } from "@qified/redis";
import { Cacheable, CacheableHooks } from "cacheable";

/** @type {import("../../../cache-speed/reader").FastRival["open"]} */
export async function open({ redisUrl, prefix, tier, tagsOf, load }) {
  const provider = tier === "l2" ? undefined : new RedisMessageProvider({ uri: redisUrl });
  const redis = new KeyvRedis(redisUrl);
  const cache = new Cacheable({
    namespace: prefix,
    ttl: "1h",
    tags: tagsOf !== null,
    ...(provider === undefined ? { primary: redis } : { secondary: redis, sync: { qified: provider } }),
  });
  cache.on("error", () => undefined);
  if (tagsOf !== null) {
    cache.onHook(CacheableHooks.BEFORE_SET, (item) => {
      item.tags = tagsOf(item.key);
    });
  }
  return {
    get: (key) => cache.getOrSet(key, () => load(key), { throwErrors: "function" }),
    close: async () => {
      await Promise.all([cache.disconnect(), provider?.disconnect()]);
    },
  };
}
