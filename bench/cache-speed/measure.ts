import { type Child, startChild } from "../cache-fleet/child";
import type { RedisServer } from "../cache-fleet/redis-server";
import type { ReaderSettings } from "./reader";
import type { Spent } from "./spend";
import type { Variant } from "./variants";

export type Sample = { nsPerRead: number; readsPerCpuSecond: number; commandsPerRead: number };

export type Measuring = {
  program: string;
  redis: RedisServer;
  folder: string;
  warmUpMs: number;
  sampleMs: number;
};

async function commandsOf({ client }: RedisServer): Promise<number> {
  const [, count] = /^total_commands_processed:(\d+)/mu.exec(await client.info("stats")) ?? [];
  return Number(count);
}

function startReader({ program, redis, folder }: Measuring, { name, settings }: Variant): Child {
  // Later processes of a variant find what earlier ones stored.
  const keyPrefix = `${name.replaceAll(/\W+/gu, "-")}:`;
  const told: ReaderSettings = { ...settings, redisUrl: redis.url, keyPrefix };
  return startChild({ program, args: [JSON.stringify(told)], pidFolder: folder, execArgv: ["--expose-gc"] });
}

/** One sample of a variant, from a process started for it. */
export async function measure(measuring: Measuring, variant: Variant): Promise<Sample> {
  const { redis, warmUpMs, sampleMs } = measuring;
  const child = startReader(measuring, variant);
  try {
    await child.call("open", warmUpMs);
    const before = await commandsOf(redis);
    // The results of the reader program.
    const { reads, cpuUs } = (await child.call("spend", sampleMs)) as Spent;
    const commands = (await commandsOf(redis)) - before - 1;
    await child.call("close");
    return {
      nsPerRead: (1000 * cpuUs) / reads,
      readsPerCpuSecond: (1e6 * reads) / cpuUs,
      commandsPerRead: commands / reads,
    };
  } catch (error) {
    throw new Error(`${variant.name} could not be measured.`, { cause: error });
  } finally {
    await child.kill();
  }
}
