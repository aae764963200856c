import { channels } from "@weir/core/channels";
import type { Fence, Invalidation } from "./fence";
import type { ConfirmFleet } from "./fleet";
import type { InvalidationQueue } from "./invalidation-queue";
import { describeMark, marksOfTarget } from "./names";
import type { Order, SendInvalidation } from "./sender";
import type { InvalidateOptions, InvalidateResult, InvalidateTarget } from "./types";
import { CacheError } from "./errors";

/** Invalidates on this node and asks Redis to; null when Redis refused and it was queued. */
export type InvalidateMarks = (order: Order) => Promise<Invalidation | null>;
export type Invalidate = (target: InvalidateTarget, options?: InvalidateOptions) => Promise<InvalidateResult>;

export type InvalidateTools = {
  fence: Fence;
  send: SendInvalidation;
  queue: InvalidationQueue;
  confirmFleet: ConfirmFleet;
};

/** Takes what Redis confirmed into the fence, ahead of the log, and says so on the channel. */
export function takeReply(fence: Fence, invalidation: Invalidation): void {
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

/** Invalidates up to but without the wait for the fleet; null when Redis refused and it was queued. */
export function invalidateHere(
  tools: InvalidateTools,
  target: InvalidateTarget,
  mode: "purge" | "expire",
): Promise<Invalidation | null> {
  return invalidateMarks(tools, { mode, all: target.all === true, marks: marksOfTarget(target) });
}

/** As `invalidateHere`, for marks. */
export async function invalidateMarks(
  { fence, send, queue }: InvalidateTools,
  { mode, all, marks }: Order,
): Promise<Invalidation | null> {
  // What is purged stops being served here before Redis has answered; what expires may be served until then.
  const end = mode === "purge" ? fence.announce(marks, all) : undefined;
  try {
    const invalidation = await send({ mode, all, marks });
    takeReply(fence, invalidation);
    return invalidation;
  } catch {
    queue.add({ mode, all, marks });
    return null;
  } finally {
    end?.();
  }
}

/** Resolves once every live node has applied it. Also rejects for what was only queued. */
export async function confirm(confirmFleet: ConfirmFleet, invalidation: Invalidation | null): Promise<void> {
  if (invalidation === null) throw new CacheError("CACHE_INVALIDATION_UNCONFIRMED");
  await confirmFleet(invalidation);
}

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
