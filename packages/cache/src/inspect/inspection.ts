import type { CacheInspection, HotKey, HotKeyReport, ServerInfo } from "../contract/inspection";
import { minCount } from "@weir/core/sketches/space-saving";
import { decodeSummary, mergeSummaries, samplingError } from "../memory/hot-keys";
import { describeKey, listKeys } from "./keys";
import { summarizeGroups, summarizeTags } from "./overview";
import { previewPrefix } from "./preview";
import { isRedacted, redactKey } from "./redact";
import type { InspectionTools } from "./tools";

export function createInspection(tools: InspectionTools): CacheInspection {
  return {
    server: () => describeServer(tools),
    groups: (options) => summarizeGroups(tools, options),
    tags: (options) => summarizeTags(tools, options),
    keys: (request, options) => listKeys(tools, request, options),
    prefix: (prefix, options) => previewPrefix(tools, prefix, options),
    key: (request) => describeKey(tools, request),
    hotKeys: (limit) => reportHotKeys(tools, limit),
  };
}

const maxNodes = 500;

/** The most read keys of about the last minute, merged from what every node has published. */
async function reportHotKeys({ redis, keys, groups, fence }: InspectionTools, limit: number): Promise<HotKeyReport> {
  const instances = (await redis.send("HKEYS", (client) => client.hkeys(keys.nodes))).slice(0, maxNodes);
  const texts = await redis.send("GET", (client) =>
    Promise.all(instances.map((instance) => client.get(keys.hot(instance)))),
  );
  const summaries = texts.flatMap((text) => (text === null ? [] : (decodeSummary(text) ?? [])));
  const spanMs = summaries.reduce((longest, one) => Math.max(longest, one.spanMs), 0);
  const { counters, step, floor } = mergeSummaries(summaries, limit, spanMs);
  return {
    keys: counters.map((counter): HotKey => {
      const { name, count } = counter;
      const colon = name.indexOf(":");
      const [group, key] = [name.slice(0, colon), name.slice(colon + 1)];
      const isHidden = isRedacted(groups, group);
      const sampling = samplingError(count, step);
      const reads = minCount(counter);
      return {
        group,
        key: isHidden ? redactKey(fence.incarnation ?? "", group, key) : key,
        isHidden,
        reads,
        atLeast: Math.max(0, Math.floor(reads - sampling)),
        atMost: Math.ceil(count + sampling),
        readsPerSecond: spanMs === 0 ? 0 : (reads * 1000) / spanMs,
      };
    }),
    nodesHeard: summaries.length,
    nodes: instances.length,
    othersAtMost: Math.ceil(floor + samplingError(floor, step)),
  };
}

const textOf = (info: string, name: string): string | undefined => new RegExp(`^${name}:(\\S+)`, "mu").exec(info)?.[1];

/** The Redis server that holds the cache, from its INFO. */
async function describeServer({ redis, keys }: InspectionTools): Promise<ServerInfo> {
  const [info, nodes] = await redis.send("INFO", (client) => Promise.all([client.info(), client.hlen(keys.nodes)]));
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
