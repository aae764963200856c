import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import type { Random } from "../../../../../bench/fuzz/random";
import type { LoadGenerator } from "../../../../../bench/load/load";
import type { Tally } from "./tally";
import type { WorkingSet } from "./working-set";

const burstSeconds = 2;
const pauseMs = 8_000;
/** The pause is split into steps, so that it ends soon when stopped. */
const stepMs = 200;
const connections = 32;
const drawn = 5_000;

export type BurstOptions = {
  generator: LoadGenerator;
  origin: string;
  folder: string;
  set: WorkingSet;
  random: Random;
  tally: Tally;
  isOver: () => boolean;
};

/** Two seconds at full load, then eight without, repeated until the end. */
export async function sendBursts(options: BurstOptions): Promise<void> {
  const { generator, origin, folder, set, random, tally, isOver } = options;
  const pathsFile = join(folder, "popular.txt");
  const paths = Array.from({ length: drawn }, () => set.popular(random));
  writeFileSync(pathsFile, paths.map((path) => `${path}\n`).join(""));
  while (!isOver()) {
    try {
      const { requests, failures } = await generator.run({ origin, pathsFile, connections, seconds: burstSeconds });
      tally.countBulk(requests, failures);
    } catch (error) {
      // The watcher reports a server that died.
      if (!isOver()) throw error;
    }
    for (let waited = 0; waited < pauseMs && !isOver(); waited += stepMs) await pause(stepMs);
  }
}
