// Its Redis storage, which its README recommends for a shared cache, with invalidation by references
// (https://github.com/mcollina/async-cache-dedupe#invalidation). It has one tier.
import { createCache } from "async-cache-dedupe";
import { Redis } from "ioredis";
import { tagsOf } from "./shared.mjs";

export const features = { tags: true, getMany: false, versions: false };

/** @type {import("./shared.mjs").OpenRival} */
export async function open({ redisUrl, prefix, load }) {
  const client = new Redis(redisUrl, { keyPrefix: prefix });
  client.on("error", () => undefined);
  const options = { client, invalidation: { referencesTTL: 3600 } };
  const cache = createCache({ ttl: 3600, storage: { type: "redis", options } });
  cache.define("read", { references: (key) => tagsOf(key) }, (key) => load(key));
  return {
    get: (key) => cache.read(key),
    deleteKey: (key) => cache.clear("read", key),
    invalidateTag: (tag) => cache.invalidateAll(tag),
    close: async () => client.disconnect(),
  };
}
