import { createDeadlines, type Deadline } from "@weir/core/deadlines";
import type { WeirError } from "@weir/core/errors";
import { LinkedQueue } from "@weir/core/linked-queue";
import { DatabaseError } from "../errors";

export type GateOptions = {
  /** Permits. */
  max: number;
  /** Places in the queue. */
  queueLimit: number;
  /** Maximum wait for a permit. */
  acquireTimeoutMs: number;
  /** Monotonic. */
  now: () => number;
};

/** The right to run one statement or transaction. Releasing it twice counts once. */
export type Permit = { readonly waitMs: number; readonly release: () => void };

export type GateStats = {
  max: number;
  inUse: number;
  queued: number;
  /** Refused since the start: the queue was full, or the expected wait too long. */
  refused: number;
  /** Timed out in the queue since the start. */
  expired: number;
};

/** A request for a permit. Exactly one of the two is called, from within `enter` or later; neither may throw. */
export type PermitRequest = {
  readonly deadlineAtMs: number | null;
  readonly admit: (permit: Permit) => void;
  readonly refuse: (error: WeirError) => void;
};

/** Maxima over a period. */
export type GatePeaks = { inUse: number; queued: number };

export type Gate = {
  /**
   * Admits in the order of arrival, and at once while a permit is free. Refuses with DATABASE_BUSY, at once when the
   * queue is full or the expected wait passes the deadline, and when `acquireTimeoutMs` passes; with DATABASE_TIMEOUT
   * when the request's own deadline passes; with DATABASE_UNAVAILABLE once the gate is closed.
   */
  readonly enter: (request: PermitRequest) => void;
  readonly stats: () => GateStats;
  /** Returns the maxima since the last call and starts a new period, so it has one caller. */
  readonly takePeaks: () => GatePeaks;
  /** Admits no more, refuses what is queued, and resolves when the last permit has been released. */
  readonly close: () => Promise<void>;
};

type Waiter = { readonly request: PermitRequest; readonly sinceMs: number; expiry: Deadline | null };

/** Bounds what is in flight (rule D2). It knows permits only; their holders must keep them until their work has settled. */
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
  let isAdmitting = false;

  const closedError = (): WeirError => new DatabaseError("DATABASE_UNAVAILABLE", { detail: "The pool is closed." });

  function dequeue(): Waiter | null {
    const node = queue.first();
    if (node === null) return null;
    queue.remove(node);
    if (node.item.expiry !== null) deadlines.clear(node.item.expiry);
    return node.item;
  }

  function occupy(): void {
    inUse += 1;
    if (inUse > peaks.inUse) peaks.inUse = inUse;
  }

  /** A loop and no recursion: a request that is admitted may release its permit before `admit` returns. */
  function admitQueued(): void {
    if (isAdmitting) return;
    isAdmitting = true;
    while (inUse < max) {
      const waiter = dequeue();
      if (waiter === null) break;
      occupy();
      waiter.request.admit(permit(now() - waiter.sinceMs));
    }
    isAdmitting = false;
  }

  function release(): void {
    if (inUse === max) estimate.released(now(), queue.size > 0);
    inUse -= 1;
    admitQueued();
    if (inUse === 0) for (const resolve of idle.splice(0)) resolve();
  }

  function permit(waitMs: number): Permit {
    let held = true;
    return {
      waitMs,
      release: () => {
        if (!held) return;
        held = false;
        release();
      },
    };
  }

  function enqueue(request: PermitRequest, sinceMs: number): void {
    const { deadlineAtMs, refuse } = request;
    const untilMs = Math.min(sinceMs + acquireTimeoutMs, deadlineAtMs ?? Infinity);
    if (queue.size >= queueLimit || sinceMs + estimate.waitMs(sinceMs, queue.size) > untilMs) {
      refused += 1;
      return refuse(new DatabaseError("DATABASE_BUSY"));
    }
    const waiter: Waiter = { request, sinceMs, expiry: null };
    const node = queue.push(waiter);
    if (queue.size > peaks.queued) peaks.queued = queue.size;
    waiter.expiry = deadlines.set(untilMs, () => {
      queue.remove(node);
      expired += 1;
      refuse(new DatabaseError(untilMs === deadlineAtMs ? "DATABASE_TIMEOUT" : "DATABASE_BUSY"));
    });
  }

  return {
    enter: (request) => {
      if (closed) return request.refuse(closedError());
      const { deadlineAtMs } = request;
      const nowMs = now();
      if (deadlineAtMs !== null && deadlineAtMs <= nowMs) {
        expired += 1;
        return request.refuse(new DatabaseError("DATABASE_TIMEOUT"));
      }
      if (inUse >= max || queue.size > 0) return enqueue(request, nowMs);
      occupy();
      if (inUse === max) estimate.saturated(nowMs);
      request.admit(permit(0));
    },
    stats: () => ({ max, inUse, queued: queue.size, refused, expired }),
    takePeaks: () => {
      const taken = peaks;
      peaks = { inUse, queued: queue.size };
      return taken;
    },
    close: async () => {
      closed = true;
      for (let waiter = dequeue(); waiter !== null; waiter = dequeue()) waiter.request.refuse(closedError());
      if (inUse > 0) await new Promise<void>((resolve) => void idle.push(resolve));
    },
  };
}

/** How long a place in the queue takes to move up, learnt from how often permits are released while none is free. */
export type WaitEstimate = {
  /** The last free permit was taken. */
  saturated: (nowMs: number) => void;
  /** A permit was released while none was free; `taken` says whether a queued request takes it. */
  released: (nowMs: number, taken: boolean) => void;
  /** Expected wait behind `ahead` queued requests; 0 while nothing is known. */
  waitMs: (nowMs: number, ahead: number) => number;
};

/** Weight of one new interval in the moving average. */
const weight = 0.1;

/**
 * Measures intervals between releases, not how long permits are held: one long transaction among short statements slows
 * the queue down by one permit, however long it takes. The current interval counts as soon as it is longer than the
 * average, so that a stalled database is noticed.
 */
export function createWaitEstimate(): WaitEstimate {
  let averageMs: number | null = null;
  let sinceMs: number | null = null;
  const blend = (intervalMs: number): number =>
    averageMs === null ? intervalMs : averageMs + weight * (intervalMs - averageMs);

  return {
    saturated: (nowMs) => {
      sinceMs = nowMs;
    },
    released: (nowMs, taken) => {
      if (sinceMs !== null) averageMs = blend(nowMs - sinceMs);
      sinceMs = taken ? nowMs : null;
    },
    waitMs: (nowMs, ahead) => {
      if (averageMs === null) return 0;
      const currentMs = sinceMs === null ? 0 : nowMs - sinceMs;
      return (ahead + 1) * (currentMs > averageMs ? blend(currentMs) : averageMs);
    },
  };
}
