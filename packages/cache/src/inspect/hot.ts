import { decodeSummary, mergeSummaries, samplingError, surely } from "../hot-keys/summary";
import type { InspectionTools } from "./tools";
import type { HotKeyLook, HotKeysLook } from "./types";
import { isVeiled, veil } from "./veil";

const mostNodes = 500;

/** The most read keys of the last minute or so, from what every node told. */
export async function lookAtHotKeys(
  { redis, keys, groups, fence }: InspectionTools,
  limit: number,
): Promise<HotKeysLook> {
  const instances = (await redis.ask("HKEYS", (client) => client.hkeys(keys.nodes))).slice(0, mostNodes);
  const texts = await redis.ask("GET", (client) =>
    Promise.all(instances.map((instance) => client.get(keys.hot(instance)))),
  );
  const told = texts.flatMap((text) => (text === null ? [] : (decodeSummary(text) ?? [])));
  const spanMs = told.reduce((longest, one) => Math.max(longest, one.spanMs), 0);
  const { counters, step, floor } = mergeSummaries(told, limit, spanMs);
  return {
    keys: counters.map((counter): HotKeyLook => {
      const { name, count } = counter;
      const colon = name.indexOf(":");
      const [group, key] = [name.slice(0, colon), name.slice(colon + 1)];
      const isHidden = isVeiled(groups, group);
      const sampling = samplingError(count, step);
      const reads = surely(counter);
      return {
        group,
        key: isHidden ? veil(fence.incarnation ?? "", group, key) : key,
        isHidden,
        reads,
        atLeast: Math.max(0, Math.floor(reads - sampling)),
        atMost: Math.ceil(count + sampling),
        readsPerSecond: spanMs === 0 ? 0 : (reads * 1000) / spanMs,
      };
    }),
    nodesHeard: told.length,
    nodes: instances.length,
    othersAtMost: Math.ceil(floor + samplingError(floor, step)),
  };
}
