// The Redis adapter that its README names for a cache shared by several servers
// (https://github.com/epicweb-dev/cachified#adapters), with checkValue against values of another shape
// (https://github.com/epicweb-dev/cachified#type-safety). It has no tags and no memory tier.
import { cachified } from "@epic-web/cachified";
import { redisCacheAdapter } from "cachified-redis-adapter";
import { createClient } from "redis";
import { fits } from "./shared.mjs";

export const features = { tags: false, getMany: false, versions: true };

/** @type {import("./shared.mjs").OpenRival} */
export async function open({ redisUrl, prefix, version, load }) {
  const redis = createClient({ url: redisUrl });
  redis.on("error", () => undefined);
  await redis.connect();
  const cache = redisCacheAdapter(redis);
  return {
    get: (key) =>
      cachified({
        cache,
        key: prefix + key,
        ttl: 3_600_000,
        checkValue: (value) => fits(value, version),
        getFreshValue: () => load(key),
      }),
    deleteKey: (key) => cache.delete(prefix + key),
    close: async () => redis.destroy(),
  };
}
