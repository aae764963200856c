/** The fleet's one logical clock, as Redis holds it. Epochs of two incarnations cannot be compared. */
export type ClockReading = {
  readonly incarnation: string;
  /** The number of the latest invalidation. */
  readonly epoch: number;
  /** Everything loaded before this epoch is void. */
  readonly purgeFloor: number;
  /** Everything loaded before this epoch is stale. */
  readonly expireFloor: number;
};

/** The epochs at which a mark was last purged and last expired; 0 for never. */
export type MarkTimes = { purged: number; expired: number };

const shape = /^(\S+) (\d+) (\d+) (\d+)$/u;

/** Parses the clock as the scripts write it. Returns null when it is missing or malformed. */
export function parseClock(text: unknown): ClockReading | null {
  if (typeof text !== "string") return null;
  const [, incarnation, epoch, purgeFloor, expireFloor] = shape.exec(text) ?? [];
  if (incarnation === undefined) return null;
  return { incarnation, epoch: Number(epoch), purgeFloor: Number(purgeFloor), expireFloor: Number(expireFloor) };
}

/** Monotonic time of this process in ms. Only differences are meaningful. */
export type MonotonicClock = { now: () => number };

/**
 * This node's estimate of the Redis server's time, accurate to one round trip. Lifetimes in shared entries are written in
 * server time, so that the nodes' wall clocks do not matter.
 */
export type RedisTime = {
  /** Takes a reading: sent and received in local monotonic ms, the reply in server ms. */
  observe: (sentAtMs: number, receivedAtMs: number, serverMs: number) => void;
  /** Discards the estimate, and ignores readings that were requested before `nowMs`. */
  forget: (nowMs: number) => void;
  /** Server time for a local time; null before the first reading. */
  fromLocal: (localMs: number) => number | null;
  /** Local time for a server time; null before the first reading. */
  toLocal: (serverMs: number) => number | null;
};

export function createRedisTime(): RedisTime {
  let offsetMs: number | null = null;
  let forgotAtMs = Number.NEGATIVE_INFINITY;
  return {
    observe: (sentAtMs, receivedAtMs, serverMs) => {
      if (sentAtMs >= forgotAtMs) offsetMs = serverMs - (sentAtMs + receivedAtMs) / 2;
    },
    forget: (nowMs) => {
      offsetMs = null;
      forgotAtMs = nowMs;
    },
    fromLocal: (localMs) => (offsetMs === null ? null : localMs + offsetMs),
    toLocal: (serverMs) => (offsetMs === null ? null : serverMs - offsetMs),
  };
}

export type SuspensionOptions = {
  clock: MonotonicClock;
  /** In ms. Only its advance over the monotonic clock matters. */
  wallClock: { now: () => number };
  onResumed: () => void;
};

const checkEveryMs = 250;
const minAheadMs = 1000;

/**
 * Detects that the machine was suspended. Linux's monotonic clock stands still during a suspension, so nothing measured by
 * it times out; the wall clock goes on. Also fires when the wall clock is set forward by more than a second, which does no
 * harm. Checks four times a second. Returns a function that stops the checks.
 */
export function watchSuspension({ clock, wallClock, onResumed }: SuspensionOptions): () => void {
  const difference = (): number => wallClock.now() - clock.now();
  let last = difference();
  const timer = setInterval(() => {
    const now = difference();
    if (now - last > minAheadMs) onResumed();
    last = now;
  }, checkEveryMs);
  timer.unref();
  return () => clearInterval(timer);
}
