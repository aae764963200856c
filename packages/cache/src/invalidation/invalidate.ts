import { setTimeout as pause } from "node:timers/promises";
import { channels } from "@weir/core/channels";
import { withTimeout } from "@weir/core/deadlines";
import { runOutsideScope } from "@weir/core/scope";
import { CacheError } from "../contract/errors";
import type { InvalidateOptions, InvalidateResult, InvalidateTarget, InvalidationMode } from "../contract/types";
import type { MonotonicClock } from "../redis/clock";
import { type Connection, runScript } from "../redis/connection";
import { describeMark, type KeyNames, marksOfTarget } from "../redis/names";
import { invalidateScript, laggardsScript } from "../redis/scripts";
import type { Fence, Invalidation } from "./fence";
import type { Attach } from "./log";
import type { UsageChecks } from "./usage";

/** What to invalidate. */
export type Order = { readonly mode: InvalidationMode; readonly all: boolean; readonly marks: readonly string[] };

/** Invalidates on this node and in Redis. Resolves with null when Redis refused and the order was queued. */
export type InvalidateMarks = (order: Order) => Promise<Invalidation | null>;
export type Invalidate = (target: InvalidateTarget, options?: InvalidateOptions) => Promise<InvalidateResult>;

export type InvalidateTools = {
  fence: Fence;
  send: SendInvalidation;
  queue: InvalidationQueue;
  confirmFleet: ConfirmFleet;
  usage: UsageChecks | null;
};

export function createInvalidate(tools: InvalidateTools): Invalidate {
  return async (target, { mode = "purge", wait = "local" } = {}) => {
    const { fence, confirmFleet } = tools;
    const isEmpty = target.all !== true && marksOfTarget(target).length === 0;
    if (isEmpty) return { status: "applied", epoch: fence.known };
    const invalidation = await invalidateHere(tools, target, mode);
    if (wait === "fleet") await confirm(confirmFleet, invalidation);
    return invalidation === null ? { status: "queued", epoch: null } : { status: "applied", epoch: invalidation.epoch };
  };
}

/** Invalidates without waiting for the fleet. Resolves with null when Redis refused and the invalidation was queued. */
export function invalidateHere(
  tools: InvalidateTools,
  target: InvalidateTarget,
  mode: InvalidationMode,
): Promise<Invalidation | null> {
  if (target.tags !== undefined) tools.usage?.onTags(target.tags);
  return invalidateMarks(tools, { mode, all: target.all === true, marks: marksOfTarget(target) });
}

/** `invalidateHere` for marks. */
export async function invalidateMarks(
  { fence, send, queue }: InvalidateTools,
  { mode, all, marks }: Order,
): Promise<Invalidation | null> {
  // Purged entries are not served here from now on, before Redis has replied; expiring ones may be served until then.
  const end = mode === "purge" ? fence.announce(marks, all) : undefined;
  try {
    const invalidation = await send({ mode, all, marks });
    applyReply(fence, invalidation);
    return invalidation;
  } catch {
    queue.add({ mode, all, marks });
    return null;
  } finally {
    end?.();
  }
}

/** Applies a confirmed invalidation to the fence, ahead of the log, and publishes it. */
export function applyReply(fence: Fence, invalidation: Invalidation): void {
  fence.applyReplied(invalidation);
  if (!channels.cache.hasSubscribers) return;
  const { epoch, mode, all, marks } = invalidation;
  channels.cache.publish({
    type: "invalidation",
    epoch,
    mode,
    tags: all ? ["*"] : marks.map(describeMark),
    local: true,
  });
}

/** Resolves once every live node has applied the invalidation. Rejects for one that was only queued. */
export async function confirm(confirmFleet: ConfirmFleet, invalidation: Invalidation | null): Promise<void> {
  if (invalidation === null) throw new CacheError("CACHE_INVALIDATION_UNCONFIRMED");
  await confirmFleet(invalidation);
}

/** Executes an invalidation in Redis. Rejects when Redis did not confirm it in time; it may have taken effect even so. */
export type SendInvalidation = (order: Order) => Promise<Invalidation>;

export type SenderOptions = {
  connection: Connection;
  attach: Attach;
  keys: KeyNames;
  instance: string;
  logLength: number;
  maxMarks: number;
  budgetMs: number;
};

function parseReply(reply: unknown, order: Order): Invalidation | null {
  if (!Array.isArray(reply)) return null;
  const [incarnation, epoch]: unknown[] = reply;
  return typeof incarnation === "string" ? { ...order, incarnation, epoch: Number(epoch) } : null;
}

export function createSender(options: SenderOptions): SendInvalidation {
  const { connection, attach, keys, instance, logLength, maxMarks, budgetMs } = options;

  const run = async (order: Order): Promise<Invalidation | null> => {
    const { mode, all, marks } = order;
    const reply = await runScript(
      connection.send,
      invalidateScript,
      [keys.clock, keys.marks, keys.log],
      [mode, all ? "1" : "0", JSON.stringify(marks), instance, logLength, maxMarks],
    );
    return parseReply(reply, order);
  };
  const runOrRestore = async (order: Order): Promise<Invalidation> => {
    const done = await run(order);
    if (done !== null) return done;
    // The clock is gone: Redis was wiped. A new incarnation begins, and the invalidation belongs to it.
    await attach(connection.send, false);
    const second = await run(order);
    if (second === null) throw new Error("Redis lost its clock twice in a row.");
    return second;
  };
  return (order) => withTimeout(runOrRestore(order), budgetMs);
}

/**
 * Resolves when every other node with a live lease has applied the invalidation. A node's lease outlives its trust in its
 * own memory, so a node whose lease has run out serves nothing from memory.
 * @throws WeirError CACHE_INVALIDATION_UNCONFIRMED when that cannot be confirmed in time; the invalidation itself stands
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

const minPauseMs = 2;
const maxPauseMs = 50;

export function createFleetConfirmation(options: FleetOptions): ConfirmFleet {
  const { connection, keys, clock, instance, leaseMs, waitMs } = options;

  const countLaggards = async ({ incarnation, epoch }: Invalidation): Promise<number> =>
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
    for (let pauseMs = minPauseMs; ; pauseMs = Math.min(2 * pauseMs, maxPauseMs)) {
      try {
        if ((await countLaggards(invalidation)) === 0) return;
      } catch (error) {
        cause = error;
      }
      if (clock.now() + pauseMs > deadlineAtMs) throw new CacheError("CACHE_INVALIDATION_UNCONFIRMED", { cause });
      await pause(pauseMs);
    }
  };
}

/**
 * Invalidations that Redis did not confirm, in memory and in their order, retried until it does. Their marks stay announced
 * at the fence, so this node serves nothing stored under them meanwhile. Other nodes learn of them only once Redis does.
 * Beyond `maxMarks`, single marks are replaced by "everything". The queue dies with its process; what belongs to a write
 * also lies in the database's outbox.
 */
export type InvalidationQueue = {
  add: (order: Order) => void;
  readonly isEmpty: boolean;
  /** Tries once more, then gives up. */
  close: () => Promise<void>;
};

export type InvalidationQueueOptions = {
  send: SendInvalidation;
  fence: Fence;
  retryMs: number;
  maxMarks: number;
  random: () => number;
  onApplied: (invalidation: Invalidation) => void;
};

type Queued = { marks: Set<string>; all: boolean; ends: (() => void)[] };

const emptyQueue = (): Queued => ({ marks: new Set(), all: false, ends: [] });
const modes: readonly InvalidationMode[] = ["purge", "expire"];

export function createInvalidationQueue(options: InvalidationQueueOptions): InvalidationQueue {
  const { send, fence, retryMs, maxMarks, random, onApplied } = options;
  const queued: Record<InvalidationMode, Queued> = { purge: emptyQueue(), expire: emptyQueue() };
  let timer: NodeJS.Timeout | undefined;
  let closed = false;

  const isEmpty = (): boolean => modes.every((mode) => queued[mode].ends.length === 0);
  const schedule = (): void => {
    if (closed || timer !== undefined || isEmpty()) return;
    const again = (): void => {
      void drain().finally(() => {
        timer = undefined;
        schedule();
      });
    };
    timer = runOutsideScope(() => setTimeout(again, retryMs * (0.75 + random() / 2)));
    timer.unref();
  };
  const add = (mode: InvalidationMode, marks: Iterable<string>, all: boolean, end: () => void): void => {
    const one = queued[mode];
    for (const mark of marks) one.marks.add(mark);
    one.all ||= all;
    one.ends.push(end);
    if (one.all || one.marks.size <= maxMarks) return;
    one.ends.push(fence.announce([], true));
    one.all = true;
    one.marks.clear();
  };
  const drain = async (): Promise<void> => {
    for (const mode of modes) {
      const one = queued[mode];
      if (one.ends.length === 0) continue;
      queued[mode] = emptyQueue();
      try {
        // One after the other: if the first fails, the second is not worth a try.
        const invalidation = await send({ mode, all: one.all, marks: [...one.marks] });
        onApplied(invalidation);
        for (const end of one.ends) end();
      } catch {
        add(mode, one.marks, one.all, () => {
          for (const end of one.ends) end();
        });
        return;
      }
    }
  };

  return {
    add: ({ mode, marks, all }) => {
      add(mode, marks, all, fence.announce(marks, all));
      schedule();
    },
    get isEmpty() {
      return isEmpty();
    },
    close: async () => {
      closed = true;
      clearTimeout(timer);
      if (!isEmpty()) await drain();
    },
  };
}
