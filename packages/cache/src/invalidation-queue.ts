import { runOutsideScope } from "@weir/core/scope";
import type { Fence, Invalidation } from "./fence";
import type { Mode } from "./marks";
import type { Order, SendInvalidation } from "./sender";

/**
 * Invalidations that Redis did not confirm, in memory, in the order of their coming, tried again until it does. What
 * they touch stays announced at the fence, so this node serves nothing stored of it meanwhile. Other nodes hear of it
 * only once Redis does. Beyond a bound single names are given up for "everything". What a dying process takes along is
 * lost, unless it also lies in the outbox of the database.
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
  most: number;
  random: () => number;
  onApplied: (invalidation: Invalidation) => void;
};

type Waiting = { marks: Set<string>; all: boolean; ends: (() => void)[] };

const nobody = (): Waiting => ({ marks: new Set(), all: false, ends: [] });
const modes: readonly Mode[] = ["purge", "expire"];

export function createInvalidationQueue(options: InvalidationQueueOptions): InvalidationQueue {
  const { send, fence, retryMs, most, random, onApplied } = options;
  const waiting: Record<Mode, Waiting> = { purge: nobody(), expire: nobody() };
  let timer: NodeJS.Timeout | undefined;
  let closed = false;

  const isEmpty = (): boolean => modes.every((mode) => waiting[mode].ends.length === 0);
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
  const add = (mode: Mode, marks: Iterable<string>, all: boolean, end: () => void): void => {
    const line = waiting[mode];
    for (const mark of marks) line.marks.add(mark);
    line.all ||= all;
    line.ends.push(end);
    if (line.all || line.marks.size <= most) return;
    line.ends.push(fence.announce([], true));
    line.all = true;
    line.marks.clear();
  };
  const drain = async (): Promise<void> => {
    for (const mode of modes) {
      const line = waiting[mode];
      if (line.ends.length === 0) continue;
      waiting[mode] = nobody();
      try {
        // One after the other: the second is not worth a try where the first failed.
        const invalidation = await send({ mode, all: line.all, marks: [...line.marks] });
        onApplied(invalidation);
        for (const end of line.ends) end();
      } catch {
        add(mode, line.marks, line.all, () => {
          for (const end of line.ends) end();
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
