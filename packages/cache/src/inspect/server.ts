import type { InspectionTools } from "./tools";
import type { ServerLook } from "./types";

const textOf = (info: string, name: string): string | undefined => new RegExp(`^${name}:(\\S+)`, "mu").exec(info)?.[1];

/** The Redis server that holds the cache, as it tells of itself. */
export async function lookAtServer({ redis, keys }: InspectionTools): Promise<ServerLook> {
  const [info, nodes] = await redis.ask("INFO", (client) => Promise.all([client.info(), client.hlen(keys.nodes)]));
  const numberOf = (name: string): number => Number(textOf(info, name) ?? 0);
  const maxBytes = numberOf("maxmemory");
  return {
    version: textOf(info, "valkey_version") ?? textOf(info, "redis_version") ?? "unknown",
    memoryPolicy: textOf(info, "maxmemory_policy") ?? "unknown",
    usedBytes: numberOf("used_memory"),
    maxBytes: maxBytes === 0 ? null : maxBytes,
    evictedKeys: numberOf("evicted_keys"),
    nodes,
  };
}
