import { openFaultProxy } from "@weir/testkit/fault-proxy";
import { waitUntil } from "@weir/embedded/processes";
import { channels } from "@weir/core/channels";
import type { RedisServer } from "../cache-fleet/redis-server";
import type { Check } from "./check";
import { type City, cityOf } from "./reader";
import { openWeir } from "./weir";

const longestMs = 30_000;

/** Every command that Redis receives on the connection of this name, as the server itself sees it. */
async function watchWire({ client }: RedisServer, connection: string) {
  const line = String(await client.client("LIST"))
    .split("\n")
    .find((one) => one.includes(` name=${connection} `));
  const address = /\baddr=(\S+)/u.exec(line ?? "")?.[1];
  const monitor = await client.duplicate().monitor();
  let heard: string[] = [];
  let mark = "";
  monitor.on("monitor", (_time: string, args: string[], source: string) => {
    const [command = "", text] = args;
    if (command.toLowerCase() === "echo") mark = text ?? "";
    else if (source === address) heard.push(command.toLowerCase());
  });
  return {
    /** Commands since the last call. */
    take: async (): Promise<string[]> => {
      const own = `mark ${Math.random()}`;
      await client.echo(own);
      await waitUntil(() => mark === own, longestMs, 1);
      const taken = heard;
      heard = [];
      return taken;
    },
    close: () => monitor.disconnect(),
  };
}

/** Counts the round trips before a load starts, and freezes Redis during the load to see what is awaited after it. */
export async function countRoundTrips(redis: RedisServer, misses: number): Promise<Check[]> {
  await using proxy = await openFaultProxy(redis.url);
  const answered: string[] = [];
  let whenLoading = async (_key: string): Promise<void> => undefined;
  const load = async (key: string): Promise<City> => {
    await whenLoading(key);
    return cityOf(key);
  };
  const { cache, group } = await openWeir(
    { redisUrl: proxy.url, keyPrefix: "miss:", tier: "l1", tagsElsewhere: 0 },
    load,
  );
  // Redis has loaded both scripts from then on, by the first use of each.
  await group.get("0");
  const wire = await watchWire(redis, "cache");
  const stop = channels.redis.subscribe(({ connection, command, ok }) => {
    if (connection === "cache") answered.push(ok ? command : `${command} failed`);
  });
  const awaited = new Map<string, number>();
  const sent = new Map<string, number>();
  const count = (counts: Map<string, number>, commands: readonly string[]): void => {
    const all = commands.join(" + ");
    counts.set(all, (counts.get(all) ?? 0) + 1);
  };
  let servedWhileFrozen = 0;
  let storedAfter = 0;
  try {
    for (let miss = 1; miss <= misses; miss += 1) {
      const key = String(miss);
      await waitUntil(() => cache.stats().logConnected && cache.stats().l2 === "closed", longestMs, 5);
      await wire.take();
      answered.length = 0;
      whenLoading = async () => {
        count(awaited, answered);
        count(sent, await wire.take());
        proxy.freeze();
        answered.length = 0;
      };
      const city = await group.get(key);
      // No command was answered since the load started, and the reader has its value.
      if (city?.id === miss && answered.length === 0) servedWhileFrozen += 1;
      proxy.thaw();
      const entries = `miss:*city*:${key}`;
      const isStored = await waitUntil(async () => (await redis.client.keys(entries)).length > 0, longestMs, 5);
      if (isStored) storedAfter += 1;
    }
  } finally {
    stop();
    wire.close();
    proxy.heal();
    await cache.close();
  }
  const show = (counts: Map<string, number>): string =>
    [...counts].map(([what, times]) => `${times} × ${what}`).join(", ");
  const isTwo = (counts: Map<string, number>): boolean =>
    counts.size === 1 && [...counts.keys()][0]?.split(" + ").length === 2;
  return [
    {
      name: "a miss awaits two round trips before its load: read and lease",
      held: isTwo(awaited),
      detail: show(awaited),
    },
    { name: "and Redis has received no more on that connection until then", held: isTwo(sent), detail: show(sent) },
    {
      name: "the fill is not awaited: the value comes while Redis is frozen, and is stored later",
      held: servedWhileFrozen === misses && storedAfter === misses,
      detail: `${servedWhileFrozen} served and ${storedAfter} stored of ${misses}`,
    },
  ];
}
