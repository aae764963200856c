import { setTimeout as pause } from "node:timers/promises";
import type { MonotonicClock } from "./clock";
import { type Connection, runScript } from "./connection";
import type { Invalidation } from "./fence";
import type { KeyNames } from "./names";
import { laggardsScript } from "./scripts";
import { CacheError } from "./errors";

/**
 * Resolves when every other node with a live lease has applied the invalidation. A node's lease outlives its trust in
 * its own memory, so one whose lease has run out answers nothing from it.
 * @throws WeirError CACHE_INVALIDATION_UNCONFIRMED when that cannot be seen in time; the invalidation itself stands
 */
export type ConfirmFleet = (invalidation: Invalidation) => Promise<void>;

export type FleetOptions = {
  connection: Connection;
  keys: KeyNames;
  clock: MonotonicClock;
  instance: string;
  leaseMs: number;
  waitMs: number;
};

const firstPauseMs = 2;
const longestPauseMs = 50;

export function createFleetConfirmation(options: FleetOptions): ConfirmFleet {
  const { connection, keys, clock, instance, leaseMs, waitMs } = options;

  const laggards = async ({ incarnation, epoch }: Invalidation): Promise<number> =>
    Number(
      await runScript(
        connection.send,
        laggardsScript,
        [keys.server, keys.nodes],
        [incarnation, epoch, instance, leaseMs],
      ),
    );

  return async (invalidation) => {
    const deadlineAtMs = clock.now() + waitMs;
    let cause: unknown;
    for (let pauseMs = firstPauseMs; ; pauseMs = Math.min(2 * pauseMs, longestPauseMs)) {
      try {
        // Each question comes after the answer to the one before.
        if ((await laggards(invalidation)) === 0) return;
      } catch (error) {
        cause = error;
      }
      if (clock.now() + pauseMs > deadlineAtMs) throw new CacheError("CACHE_INVALIDATION_UNCONFIRMED", { cause });
      await pause(pauseMs);
    }
  };
}
