import { setTimeout as wait } from "node:timers/promises";
import { Redis } from "ioredis";
import type { LoadGenerator } from "../../../../../bench/load/load";

export type RedisTraffic = {
  seconds: number;
  bytesPerMinute: number;
  commandsPerSecond: number;
  /** Total number of each command. */
  commands: Record<string, number>;
  /** Requests answered in the same time. */
  requests: number;
};

/** Bytes that the server has received from all its clients. */
async function received(redis: Redis): Promise<number> {
  return Number(/^total_net_input_bytes:(\d+)/m.exec(await redis.info("stats"))?.[1] ?? Number.NaN);
}

/**
 * What a server under load sends to the Redis of jobs and counters, which only it uses: all of it is telemetry, apart
 * from reading the counters.
 */
export async function measureRedisTraffic(options: {
  redisUrl: string;
  generator: LoadGenerator;
  origin: string;
  pathsFile: string;
  seconds: number;
}): Promise<RedisTraffic> {
  const { redisUrl, generator, origin, pathsFile, seconds } = options;
  const redis = new Redis(redisUrl);
  const monitor = await redis.monitor();
  try {
    const commands: Record<string, number> = {};
    // MONITOR also reports commands inside scripts and those of this process.
    monitor.on("monitor", (_time: string, [name = ""]: string[], source: string) => {
      const command = name.toLowerCase();
      if (source !== "lua" && command !== "info") commands[command] = (commands[command] ?? 0) + 1;
    });
    const before = { bytes: await received(redis), atMs: performance.now() };
    const load = await generator.run({ origin, pathsFile, connections: 16, seconds });
    // The flush that is due within the next second belongs to the load.
    await wait(1_000);
    const bytes = (await received(redis)) - before.bytes;
    const tookSeconds = (performance.now() - before.atMs) / 1000;
    const all = Object.values(commands).reduce((sum, times) => sum + times, 0);
    return {
      seconds: tookSeconds,
      bytesPerMinute: (bytes / tookSeconds) * 60,
      commandsPerSecond: all / tookSeconds,
      commands,
      requests: load.requests,
    };
  } finally {
    monitor.disconnect();
    redis.disconnect();
  }
}
