import { type WeirError } from "@weir/core/errors";
import { createDeadlines, type Deadline } from "@weir/core/deadlines";
import { LinkedQueue } from "@weir/core/linked-queue";
import { createWaitEstimate } from "./wait-estimate";
import { DatabaseError } from "./errors";

export type GateOptions = {
  /** Permits. */
  max: number;
  /** Places in the queue. */
  queueLimit: number;
  /** The longest wait for a permit. */
  acquireTimeoutMs: number;
  /** Monotonic. */
  now: () => number;
};

/** The right to run one statement or transaction. Returning it twice counts once. */
export type Permit = { readonly waitMs: number; readonly release: () => void };

export type GateStats = {
  max: number;
  inUse: number;
  queued: number;
  /** Turned away since the start: no place in the queue, or no hope of an answer in time. */
  refused: number;
  /** Gave up waiting since the start. */
  expired: number;
};

/** Somebody who wants a permit. Exactly one of the two is called, from within `enter` or later; neither may throw. */
export type Visitor = {
  readonly deadlineAtMs: number | null;
  readonly admit: (permit: Permit) => void;
  readonly refuse: (error: WeirError) => void;
};

/** The most at once since it was last asked. */
export type GatePeaks = { inUse: number; queued: number };

export type Gate = {
  /**
   * Admits when a permit is free, first come first served, and at once when one is. Refuses with DATABASE_BUSY, at once
   * when the queue is full or the expected wait passes the deadline, and when `acquireTimeoutMs` passes; with
   * DATABASE_TIMEOUT when the visitor's own deadline passes; with DATABASE_UNAVAILABLE once the gate is closed.
   */
  readonly enter: (visitor: Visitor) => void;
  readonly stats: () => GateStats;
  /** Begins a new span for the next answer, so it is for one who asks. */
  readonly takePeaks: () => GatePeaks;
  /** Lets nobody in any more, sends the queue away and resolves when the last permit is back. */
  readonly close: () => Promise<void>;
};

type Waiter = { readonly visitor: Visitor; readonly sinceMs: number; expiry: Deadline | null };

/** Bounds what is in flight (rule D2). It knows permits only; who holds one must keep it until its work has settled. */
export function createGate({ max, queueLimit, acquireTimeoutMs, now }: GateOptions): Gate {
  const queue = new LinkedQueue<Waiter>();
  const estimate = createWaitEstimate();
  const deadlines = createDeadlines(now);
  const idle: (() => void)[] = [];
  let inUse = 0;
  let peaks: GatePeaks = { inUse: 0, queued: 0 };
  let refused = 0;
  let expired = 0;
  let closed = false;
  let isHandingOn = false;

  const closedError = (): WeirError => new DatabaseError("DATABASE_UNAVAILABLE", { detail: "The pool is closed." });

  /** Takes the first one out of the queue. */
  function next(): Waiter | null {
    const place = queue.first();
    if (place === null) return null;
    queue.remove(place);
    if (place.item.expiry !== null) deadlines.clear(place.item.expiry);
    return place.item;
  }

  function occupy(): void {
    inUse += 1;
    if (inUse > peaks.inUse) peaks.inUse = inUse;
  }

  /** A loop, because who is admitted may be done at once and give the permit back from within. */
  function handOn(): void {
    if (isHandingOn) return;
    isHandingOn = true;
    while (inUse < max) {
      const waiter = next();
      if (waiter === null) break;
      occupy();
      waiter.visitor.admit(permit(now() - waiter.sinceMs));
    }
    isHandingOn = false;
  }

  function giveBack(): void {
    if (inUse === max) estimate.released(now(), queue.size > 0);
    inUse -= 1;
    handOn();
    if (inUse === 0) for (const resolve of idle.splice(0)) resolve();
  }

  function permit(waitMs: number): Permit {
    let held = true;
    return {
      waitMs,
      release: () => {
        if (!held) return;
        held = false;
        giveBack();
      },
    };
  }

  function wait(visitor: Visitor, sinceMs: number): void {
    const { deadlineAtMs, refuse } = visitor;
    const untilMs = Math.min(sinceMs + acquireTimeoutMs, deadlineAtMs ?? Infinity);
    if (queue.size >= queueLimit || sinceMs + estimate.waitMs(sinceMs, queue.size) > untilMs) {
      refused += 1;
      return refuse(new DatabaseError("DATABASE_BUSY"));
    }
    const waiter: Waiter = { visitor, sinceMs, expiry: null };
    const place = queue.push(waiter);
    if (queue.size > peaks.queued) peaks.queued = queue.size;
    waiter.expiry = deadlines.set(untilMs, () => {
      queue.remove(place);
      expired += 1;
      refuse(new DatabaseError(untilMs === deadlineAtMs ? "DATABASE_TIMEOUT" : "DATABASE_BUSY"));
    });
  }

  return {
    enter: (visitor) => {
      if (closed) return visitor.refuse(closedError());
      const { deadlineAtMs } = visitor;
      const nowMs = now();
      if (deadlineAtMs !== null && deadlineAtMs <= nowMs) {
        expired += 1;
        return visitor.refuse(new DatabaseError("DATABASE_TIMEOUT"));
      }
      if (inUse >= max || queue.size > 0) return wait(visitor, nowMs);
      occupy();
      if (inUse === max) estimate.saturated(nowMs);
      visitor.admit(permit(0));
    },
    stats: () => ({ max, inUse, queued: queue.size, refused, expired }),
    takePeaks: () => {
      const taken = peaks;
      peaks = { inUse, queued: queue.size };
      return taken;
    },
    close: async () => {
      closed = true;
      for (let waiter = next(); waiter !== null; waiter = next()) waiter.visitor.refuse(closedError());
      if (inUse > 0) await new Promise<void>((resolve) => void idle.push(resolve));
    },
  };
}
