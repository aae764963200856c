// Two levels with a bus (https://bentocache.dev/docs/multi-tier), default stampede protection, grace periods
// (https://bentocache.dev/docs/grace-periods), tags (https://bentocache.dev/docs/tagging), and the two options that its
// documentation names for a slow or dead store: timeout and l2CircuitBreakerDuration
// (https://bentocache.dev/docs/options).
import { BentoCache, bentostore } from "bentocache";
import { memoryDriver } from "bentocache/drivers/memory";
import { redisBusDriver, redisDriver } from "bentocache/drivers/redis";
import { hostAndPort, tagsOf } from "./shared.mjs";

export const features = { tags: true, getMany: false, versions: false };

/** @type {import("./shared.mjs").OpenRival} */
export async function open({ redisUrl, prefix, load }) {
  const connection = hostAndPort(redisUrl);
  const store = bentostore()
    .useL1Layer(memoryDriver({ maxItems: 50_000 }))
    .useL2Layer(redisDriver({ connection }))
    .useBus(redisBusDriver({ connection, retryQueue: { enabled: true } }));
  const bento = new BentoCache({
    default: "main",
    prefix,
    ttl: "1h",
    grace: "6h",
    timeout: "300ms",
    l2CircuitBreakerDuration: "5s",
    suppressL2Errors: true,
    stores: { main: store },
  });
  return {
    get: (key) => bento.getOrSet({ key: String(key), factory: () => load(key), tags: tagsOf(key) }),
    deleteKey: (key) => bento.delete({ key: String(key) }),
    invalidateTag: (tag) => bento.deleteByTag({ tags: [tag] }),
    close: () => bento.disconnectAll(),
  };
}
