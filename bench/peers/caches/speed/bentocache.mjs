// As ../bentocache.mjs, with the option its documentation recommends for speed: `serialize: false` keeps values in
// memory as they are (https://bentocache.dev/docs/cache-drivers#serialize-option). With a second layer that only works
// for entries which this process has stored: one that another has stored is put into memory as text and throws when it
// is read again. With "l2", it has only that layer.
import { BentoCache, bentostore } from "bentocache";
import { memoryDriver } from "bentocache/drivers/memory";
import { redisBusDriver, redisDriver } from "bentocache/drivers/redis";
import { hostAndPort } from "../shared.mjs";

/** @type {import("../../../cache-speed/reader").FastRival["open"]} */
export async function open({ redisUrl, prefix, tier, tagsOf, serializesMemory, load }) {
  const connection = hostAndPort(redisUrl);
  const shared = bentostore().useL2Layer(redisDriver({ connection }));
  const store =
    tier === "l2"
      ? shared
      : shared
          .useL1Layer(memoryDriver({ maxItems: 100_000, serialize: serializesMemory }))
          .useBus(redisBusDriver({ connection, retryQueue: { enabled: true } }));
  const bento = new BentoCache({
    default: "main",
    prefix,
    ttl: "1h",
    grace: "6h",
    timeout: "300ms",
    stores: { main: store },
  });
  return {
    get:
      tagsOf === null
        ? (key) => bento.getOrSet({ key, factory: () => load(key) })
        : (key) => bento.getOrSet({ key, factory: () => load(key), tags: tagsOf(key) }),
    close: () => bento.disconnectAll(),
  };
}
