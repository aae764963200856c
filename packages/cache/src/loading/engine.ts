import type { Deadlines } from "@weir/core/deadlines";
import type { Fence } from "../invalidation/fence";
import type { Verifier } from "../inspect/verify";
import type { MutationScope } from "../invalidation/mutate";
import type { HotKeys } from "../memory/hot-keys";
import type { L1 } from "../memory/l1";
import type { MonotonicClock, RedisTime } from "../redis/clock";
import type { L2 } from "../redis/l2";
import type { Leases } from "../redis/leases";
import type { KeyNames } from "../redis/names";
import type { SingleFlight } from "./flight";
import type { Refreshes } from "./refresh";
import type { Turns } from "./turns";

/** The parts that every read works with, whatever its group. */
export type Engine = {
  readonly clock: MonotonicClock;
  readonly random: () => number;
  readonly deadlines: Deadlines;
  readonly keys: KeyNames;
  readonly hot: HotKeys;
  readonly fence: Fence;
  readonly l1: L1;
  /** Null when it is disabled. */
  readonly l2: L2 | null;
  readonly leases: Leases;
  /** False while Redis is known to be away. */
  readonly isSharing: () => boolean;
  /** False when single flight is disabled: each reader loads for itself and stores without a lease. */
  readonly usesLeases: boolean;
  readonly redisTime: RedisTime;
  readonly flights: SingleFlight;
  readonly refreshes: Refreshes;
  readonly turns: Turns;
  /** Null if loads are not limited. */
  readonly admitLoads: ((keys: number) => Error | null) | null;
  readonly mutationScope: MutationScope;
  /** Null unless entries are compared with their source. */
  readonly verifier: Verifier | null;
  /** Values whose JSON is longer are compressed for L2. */
  readonly maxPlainLength: number;
  /** How long a reader waits at most for another node's load. */
  readonly loadWaitMs: number;
  /** How long a key whose load failed is not refreshed. */
  readonly backoffMs: { readonly min: number; readonly max: number };
  /** How long one read may wait for Redis in total. */
  readonly redisBudgetMs: number;
  /** How long a flight may be joined, and the limit of its load. */
  readonly maxFlightMs: number;
  /** Aborts when the cache is closed. */
  readonly closing: AbortSignal;
};
