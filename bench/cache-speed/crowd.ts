import { setTimeout as pause } from "node:timers/promises";
import { serveParent } from "../cache-fleet/serve-parent";
import { type City, cityOf } from "./reader";
import { openWeir } from "./weir";

// A node with many concurrent readers, as a separate process.

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
  /** Runs this many concurrent readers. Resolves with the loads that ran here; throws unless all got the city. */
  readAll: async (key: string, readers: number) => {
    const { group } = await opening;
    const before = loads;
    const cities = await Promise.all(Array.from({ length: readers }, () => group.get(key)));
    const wrong = cities.filter((city) => city?.id !== Number(key)).length;
    if (wrong > 0) throw new Error(`${wrong} readers got another value.`);
    return loads - before;
  },
  close: async () => (await opening).cache.close(),
});
