import { setTimeout as pause } from "node:timers/promises";
import { serveParent } from "../cache-fleet/serve-parent";
import { type City, cityOf } from "./reader";
import { openWeir } from "./weir";

// A node with a crowd of readers before it, as a process of its own.

export type CrowdSettings = { redisUrl: string; keyPrefix: string; sharesLoads: boolean; loadMs: number };

// The parent writes it.
const { redisUrl, keyPrefix, sharesLoads, loadMs } = JSON.parse(process.argv[2] ?? "") as CrowdSettings;
let loads = 0;

async function load(key: string): Promise<City> {
  loads += 1;
  await pause(loadMs);
  return cityOf(key);
}

const opening = openWeir(
  { redisUrl, keyPrefix, tier: "l1", tagsElsewhere: 0 },
  load,
  sharesLoads ? [] : ["single-flight"],
);

serveParent({
  open: async () => {
    await opening;
  },
  /** So many readers at once. Resolves to the loads that ran here for them; throws unless all got the city. */
  readAll: async (key: string, readers: number) => {
    const { group } = await opening;
    const before = loads;
    const cities = await Promise.all(Array.from({ length: readers }, () => group.get(key)));
    const wrong = cities.filter((city) => city?.id !== Number(key)).length;
    if (wrong > 0) throw new Error(`${wrong} readers got something else.`);
    return loads - before;
  },
  close: async () => (await opening).cache.close(),
});
