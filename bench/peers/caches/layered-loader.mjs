// Memory before Redis with update notifications between the nodes (README "Update notifications"), the time limit for
// Redis (README "RedisCache", timeoutInMsecs; its RedisCache of this version does not read it) and its own connection
// settings (README "Redis connection safety"). https://github.com/kibertoad/layered-loader. It has no tags; a key can
// have only one group.
import { Redis } from "ioredis6";
import { createNotificationPair, enrichRedisConfig, Loader, RedisCache } from "layered-loader";
import { hostAndPort } from "./shared.mjs";

export const features = { tags: false, getMany: true, versions: false };

/** @type {import("./shared.mjs").OpenRival} */
export async function open({ redisUrl, prefix, load, loadMany }) {
  const clients = ["cache", "publisher", "consumer"].map(() => {
    const client = new Redis(enrichRedisConfig(hostAndPort(redisUrl)));
    client.on("error", () => undefined);
    return client;
  });
  const [cacheRedis, publisherRedis, consumerRedis] = clients;
  const { publisher, consumer } = createNotificationPair({
    channel: `${prefix}notifications`,
    publisherRedis,
    consumerRedis,
  });
  const loader = new Loader({
    inMemoryCache: { cacheType: "lru-map", ttlInMsecs: 3_600_000, maxItems: 50_000 },
    asyncCache: new RedisCache(cacheRedis, { json: true, prefix, ttlInMsecs: 3_600_000, timeoutInMsecs: 100 }),
    dataSourceGetOneFn: (key) => load(Number(key)),
    dataSourceGetManyFn: async (keys) => loadMany(keys.map(Number)),
    cacheKeyFromValueResolver: (value) => String(value.key),
    notificationPublisher: publisher,
    notificationConsumer: consumer,
  });
  await loader.init();
  return {
    get: (key) => loader.get(String(key)),
    getMany: (keys) => loader.getMany(keys.map(String)),
    deleteKey: (key) => loader.invalidateCacheFor(String(key)),
    close: async () => {
      for (const client of clients) client.disconnect();
    },
  };
}
