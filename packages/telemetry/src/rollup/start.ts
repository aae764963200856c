import { setTimeout as delay } from "node:timers/promises";
import type { Redis } from "ioredis";
import { publishRun } from "@weir/core/channels";
import { runInScope, runOutsideScope } from "@weir/core/scope";
import type { SlotArchive } from "../archive";
import { hashSeries } from "../blob-head";
import { SlotSource } from "../slot-source";
import { coarseTier, type Retention, retentionOf } from "../tiers";
import { createRound, type RoundResult } from "./round";
import { graceMs } from "./roll-minutes";

export const rollupJob = "telemetry.rollup";

/** Nodes take turns over so long a time, so that the first one does the work and the others find it done. */
const jitterMs = 20_000;
/** A round that takes longer ends, and another one goes on from there. */
const longestRoundMs = 30_000;
const longestTripMs = 5_000;
/** When there is more to do. */
const pauseMs = 2_000;
const shortestRetryMs = 5_000;
const longestRetryMs = 300_000;
const longestCloseMs = 3_000;

export type RollupOptions = {
  nodeId: string;
  redis: Redis;
  keyPrefix: string;
  archive: SlotArchive;
  retention?: Retention;
  /** The most that one merged slot may take in Postgres. */
  maxRowBytes?: number;
  /** Wall clock in milliseconds. */
  now?: () => number;
  /** False where rounds are run by hand. */
  isTimed?: boolean;
  onFailure?: (error: unknown) => void;
};

export type RunningRollup = {
  /** One round now. Rejects as Redis and Postgres do; failures are counted under the job's name. */
  round: () => Promise<RoundResult>;
  /** Ends the rounds; waits for one that runs to come to a place where it can end, three seconds at most. Never rejects. */
  close: () => Promise<void>;
};

/**
 * Merges the nodes' minutes into Postgres, once a minute. Every node does so, and none has to: there is no leader and no
 * lock, for doing it twice changes nothing.
 */
export function startRollup(options: RollupOptions): RunningRollup {
  const { nodeId, redis, keyPrefix, archive, now = Date.now, isTimed = true, onFailure = () => undefined } = options;
  const { retention = retentionOf(), maxRowBytes = 1_048_576 } = options;
  const turn = hashSeries(0, nodeId) / 2 ** 32;
  let isClosed = false;
  let endsAt = 0;
  const { run } = createRound({
    source: new SlotSource({ redis, keyPrefix, deadlineMs: longestTripMs }),
    archive,
    retention,
    maxRowBytes,
    turn,
    tried: new Map(),
    triedHours: new Map(),
    mayGoOn: () => !isClosed && performance.now() < endsAt,
  });

  let count = 0;
  const round = (dueAtMs: number | null = null): Promise<RoundResult> => {
    endsAt = performance.now() + longestRoundMs;
    count += 1;
    const request = { id: `${rollupJob}-${count}` };
    return runInScope({ request, origin: "job", procedure: null, deadlineAtMs: endsAt }, () =>
      publishRun(rollupJob, dueAtMs, () => run(now())),
    );
  };

  let timer: NodeJS.Timeout | undefined;
  let running: Promise<void> = Promise.resolve();
  let failures = 0;
  const schedule = (afterMs: number): void => {
    if (isClosed) return;
    const dueAtMs = performance.now() + afterMs;
    timer = setTimeout(() => {
      running = round(dueAtMs).then(
        ({ isDone }) => {
          failures = 0;
          schedule(isDone ? untilTurn() : pauseMs);
        },
        (error: unknown) => {
          failures += 1;
          onFailure(error);
          schedule(Math.min(longestRetryMs, shortestRetryMs * 2 ** (failures - 1)));
        },
      );
    }, afterMs);
    timer.unref();
  };
  /** From now to this node's turn after the next end of a minute. */
  const untilTurn = (): number => {
    const { widthMs } = coarseTier;
    const inMinuteMs = (((now() - graceMs - turn * jitterMs) % widthMs) + widthMs) % widthMs;
    return widthMs - inMinuteMs;
  };
  if (isTimed) runOutsideScope(() => schedule(untilTurn()));

  return {
    round: () => round(),
    close: async () => {
      isClosed = true;
      clearTimeout(timer);
      await Promise.race([running, delay(longestCloseMs, undefined, { ref: false })]);
    },
  };
}
