import { readLogged } from "../log";
import type { KeyNames } from "../names";
import type { InspectionRedis } from "./inspection-redis";

/** The latest invalidations as the log still holds them. */
export type Recent = {
  /** When this mark, or everything, was last invalidated: ms of the server; null when the log no longer says. */
  lastOf: (mark: string) => number | null;
  /** How often each mark was invalidated by name. */
  readonly counts: ReadonlyMap<string, number>;
};

const mostEntries = 2000;

export async function readRecent(redis: InspectionRedis, keys: KeyNames): Promise<Recent> {
  const entries = await redis.ask("XREVRANGE", (client) => client.xrevrange(keys.log, "+", "-", "COUNT", mostEntries));
  const last = new Map<string, number>();
  const counts = new Map<string, number>();
  let lastAll: number | null = null;
  for (const entry of entries) {
    const logged = readLogged(entry);
    if (logged === null) continue;
    // The id of an entry begins with the server's time.
    const atMs = Number.parseInt(logged.id, 10);
    if (logged.invalidation.all) lastAll ??= atMs;
    for (const mark of logged.invalidation.marks) {
      if (!last.has(mark)) last.set(mark, atMs);
      counts.set(mark, (counts.get(mark) ?? 0) + 1);
    }
  }
  return {
    counts,
    lastOf: (mark) => {
      const atMs = last.get(mark);
      return atMs === undefined ? lastAll : Math.max(atMs, lastAll ?? 0);
    },
  };
}
