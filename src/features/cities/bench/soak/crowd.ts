import { Agent } from "node:http";
import { setTimeout as pause } from "node:timers/promises";
import { makeAttempt } from "../../../../../bench/fuzz/attempt";
import type { Random } from "../../../../../bench/fuzz/random";
import { anyAttempt } from "../../../../../bench/fuzz/requests";
import { makeVisit } from "./make-visit";
import { signInOnlooker } from "./onlooker";
import { Tally } from "./tally";
import { anySpelling, anyVisit, dashboard, everyVisit, unknownHundred, type Visit } from "./visits";
import type { WorkingSet } from "./working-set";

const lanes = 16;
const meanPauseMs = 15;
const garbageLanes = 4;
/** How long a client waits after sending half a request. */
const garbageWaitMs = 1_000;
const dashboardEveryMs = 2_000;

// More than the server keeps: 50 000 cache entries, 20 000 finished responses.
const unknownHundreds = 550;
const spellingCount = 22_000;

export type Crowd = {
  /**
   * Requests everything once, and more than the server may keep: from then on new entries replace others of their size,
   * and whatever still grows is unbounded.
   */
  fill: (set: WorkingSet) => Promise<void>;
  /** Many clients until `isOver`; resolves when all have left. */
  visit: (set: WorkingSet, isOver: () => boolean) => Promise<void>;
  /** Closes what is still open. */
  leave: () => void;
  tally: Tally;
};

/** Clients of all kinds in the order of `random`. Each waits for its response before the next request. */
export function gatherCrowd(origin: string, random: Random): Crowd {
  const agent = new Agent({ keepAlive: true });
  const tally = new Tally();
  const port = Number(new URL(origin).port);

  const make = async (visit: Visit): Promise<void> => tally.count(visit, await makeVisit(origin, agent, visit));
  const inLanes = async (count: number, work: () => Promise<void>): Promise<void> => {
    await Promise.all(Array.from({ length: count }, work));
  };

  return {
    tally,
    leave: () => agent.destroy(),
    fill: async (set) => {
      const unknown = Array.from({ length: unknownHundreds }, () => unknownHundred(random));
      const spellings = Array.from({ length: spellingCount }, () => anySpelling(random, set));
      // A finished response is kept once its value is in memory, on the second request.
      const todo = [...unknown, ...everyVisit(set), ...spellings, ...everyVisit(set)].values();
      // They share one iterator: each visit is made once.
      await inLanes(lanes, async () => {
        for (const visit of todo) await make(visit);
      });
    },
    visit: async (set, isOver) => {
      const client = async (): Promise<void> => {
        while (!isOver()) {
          await make(anyVisit(random, set));
          await pause(-Math.log(1 - random.next()) * meanPauseMs);
        }
      };
      const vandal = async (): Promise<void> => {
        while (!isOver()) {
          const { statuses } = await makeAttempt(port, anyAttempt(random), garbageWaitMs);
          for (const status of statuses) tally.countGarbage(status);
          await pause(meanPauseMs);
        }
      };
      const onlooker = async (): Promise<void> => {
        const cookie = await signInOnlooker(origin);
        while (!isOver()) {
          await make(dashboard(cookie));
          await pause(dashboardEveryMs);
        }
      };
      await Promise.all([inLanes(lanes, client), inLanes(garbageLanes, vandal), onlooker()]);
    },
  };
}
