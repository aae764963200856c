import type { LiveMemory } from "../../../../../bench/process/live-memory";
import { settledResidentMb } from "../../../../../bench/process/memory";
import type { MemorySample } from "./judge-memory";
import type { SoakedServer } from "./soaked-server";

export type Sample = MemorySample & {
  /** At the end of the sample: live objects and uncollected garbage. */
  heapUsedMb: number;
  eventLoopUtilisation: number;
  connections: number;
  /** All so far. */
  answers: number;
};

export type Watch = {
  samples: Sample[];
  /** At the end of each quarter. */
  live: LiveMemory[];
};

export type WatchOptions = {
  server: SoakedServer;
  answers: () => number;
  sampleSeconds: number;
  /** A multiple of four. */
  count: number;
};

/** Takes samples of the server until there are enough or it has died. */
export async function watch({ server, answers, sampleSeconds, count }: WatchOptions): Promise<Watch> {
  const samples: Sample[] = [];
  const live: LiveMemory[] = [];
  const begin = performance.now();
  try {
    for (let taken = 1; taken <= count; taken += 1) {
      const residentMb = await settledResidentMb(server.pid, sampleSeconds * 1000);
      const figures = await server.figures();
      const atSeconds = (performance.now() - begin) / 1000;
      samples.push({ atSeconds, residentMb, ...figures, connections: server.connections(), answers: answers() });
      if (taken % (count / 4) === 0) live.push(await server.liveMemory());
    }
  } catch (error) {
    if (server.isAlive()) throw error;
  }
  return { samples, live };
}
