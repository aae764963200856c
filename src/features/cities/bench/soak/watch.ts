import { settledResidentMb } from "../../../../../bench/process/memory";
import type { MemorySample } from "./judge-memory";
import type { LiveMemory, SoakedServer } from "./soaked-server";

export type Sample = MemorySample & {
  /** At the end of the sample: of live objects and of garbage that was not collected yet. */
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

/** Looks at the server, one sample after the other, until there are enough of them or it is dead. */
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
