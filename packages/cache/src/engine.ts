import type { MonotonicClock } from "./clock";
import type { Deadlines } from "./deadlines";
import type { Fence } from "./fence";
import type { HotKeys } from "./hot-keys/hot-keys";
import type { L1 } from "./l1";
import type { L2 } from "./l2";
import type { Leases } from "./lease";
import type { KeyNames } from "./names";
import type { RedisTime } from "./redis-time";
import type { Refreshes } from "./refresh";
import type { SingleFlight } from "./single-flight";
import type { WithinMutation } from "./within-mutation";

/** The parts that a read of any group works with. */
export type Engine = {
  readonly clock: MonotonicClock;
  readonly random: () => number;
  readonly deadlines: Deadlines;
  readonly keys: KeyNames;
  readonly hot: HotKeys;
  readonly fence: Fence;
  readonly l1: L1;
  /** Null when it is switched off. */
  readonly l2: L2 | null;
  readonly leases: Leases;
  /** False while Redis is known to be away. */
  readonly isSharing: () => boolean;
  /** False where each reader loads for itself: then what is loaded is stored without a lease. */
  readonly usesLeases: boolean;
  readonly redisTime: RedisTime;
  readonly flights: SingleFlight;
  readonly refreshes: Refreshes;
  readonly withinMutation: WithinMutation;
  /** Longer values are compressed for L2; in letters of their JSON. */
  readonly plainLetters: number;
  /** The longest a reader waits for what another node loads. */
  readonly loadWaitMs: number;
  /** The shortest and the longest time for which a key whose load failed is not refreshed. */
  readonly restMs: { readonly least: number; readonly most: number };
  /** How long one read may wait for Redis in all. */
  readonly redisBudgetMs: number;
  /** How long a flight may be joined, and the bound of its load. */
  readonly longestFlightMs: number;
  /** Ends when the cache is closed. */
  readonly closing: AbortSignal;
};
