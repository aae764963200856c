import { Breather } from "../breather";
import { TextKeeper } from "./keep-texts";
import { prune } from "./prune";
import { rollHours } from "./roll-hours";
import { rollMinutes } from "./roll-minutes";
import type { Rollup } from "./rollup";

export type RoundResult = { minutes: number; hours: number; /** False when there is more to do. */ isDone: boolean };

const longestHoldMs = 4;
/** Bounds of one round; a node that comes back after a long time takes several. */
const mostMinutes = 30;
const mostHours = 4;
/** All that Redis keeps is looked at in every so-manieth round. */
const looksAtAllEvery = 10;

/**
 * Minutes of nodes into merged minutes, these into hours, and what is too old away. `run` rejects as Redis and Postgres
 * do; what was done by then stays done, and the next round goes on from there.
 */
export function createRound(rollup: Rollup): { run: (nowMs: number) => Promise<RoundResult> } {
  const texts = new TextKeeper(rollup.source, rollup.archive);
  let untilAll = 0;
  return {
    run: async (nowMs) => {
      const breather = new Breather(longestHoldMs);
      const looksAtAll = untilAll === 0;
      const next = looksAtAll ? looksAtAllEvery : untilAll - 1;
      // A round that fails is followed by one that looks at all: what was missed may be anywhere.
      untilAll = 0;
      const minutes = await rollMinutes(rollup, texts, { nowMs, looksAtAll, most: mostMinutes, breather });
      const hours = await rollHours(rollup, { nowMs, most: mostHours, breather });
      // Minutes stay until their hours are merged.
      const pruned = minutes.isDone && hours.isDone ? await prune(rollup, nowMs) : { isDone: false };
      if (minutes.isDone) untilAll = next;
      return { minutes: minutes.merged, hours: hours.merged, isDone: minutes.isDone && hours.isDone && pruned.isDone };
    },
  };
}
