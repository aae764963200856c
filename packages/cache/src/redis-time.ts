/**
 * The time of the Redis server as this node estimates it, right to within one round trip. Lifetimes in shared entries
 * are written in it, so that the wall clocks of the nodes do not matter.
 */
export type RedisTime = {
  /** Takes a reading: sent and received in local monotonic ms, the answer in ms of the server. */
  observe: (sentAtMs: number, receivedAtMs: number, serverMs: number) => void;
  /** Forgets what it estimated, and leaves out readings that were asked for up to now. */
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
