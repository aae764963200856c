import { type Child, startChild } from "../cache-fleet/child";
import type { RedisServer } from "../cache-fleet/redis-server";
import type { Check } from "./check";
import type { CrowdSettings } from "./crowd";

const nodes = 4;
const readersPerNode = 2_500;
const loadMs = 200;

type Tools = { program: string; redis: RedisServer; folder: string };

/** Loads of each stampede of 10 000 readers on four nodes, one key after the other. */
async function stampede({ program, redis, folder }: Tools, keys: number, sharesLoads: boolean): Promise<number[]> {
  const children: Child[] = [];
  try {
    for (let node = 0; node < nodes; node += 1) {
      const settings: CrowdSettings = {
        redisUrl: redis.url,
        keyPrefix: `stampede-${sharesLoads}:`,
        sharesLoads,
        loadMs,
      };
      children.push(startChild({ program, args: [JSON.stringify(settings)], pidFolder: folder }));
    }
    await Promise.all(children.map((child) => child.call("open")));
    const loads: number[] = [];
    for (let key = 0; key < keys; key += 1) {
      // The results of the crowd program.
      const counts = (await Promise.all(
        children.map((child) => child.call("readAll", String(key), readersPerNode)),
      )) as number[];
      loads.push(counts.reduce((sum, count) => sum + count, 0));
    }
    await Promise.all(children.map((child) => child.call("close")));
    return loads;
  } finally {
    await Promise.all(children.map((child) => child.kill()));
  }
}

/** Ten thousand readers of one cold key; and the same without single flight, to prove that the check detects it. */
export async function checkStampedes(tools: Tools, keys: number): Promise<Check[]> {
  const loads = await stampede(tools, keys, true);
  const [alone = 0] = await stampede(tools, 1, false);
  return [
    {
      name: "10 000 readers of a cold key on four nodes: one load",
      held: loads.every((count) => count === 1),
      detail: `${loads.join(", ")} loads for ${keys} keys`,
    },
    {
      name: "the check detects more loads without single flight",
      held: alone > nodes,
      detail: `${alone.toLocaleString("en")} loads`,
    },
  ];
}
