import type { Cache } from "@weir/cache";
import type { Database, Db, Tx } from "@weir/postgres";
import { callsInFlight } from "@weir/trpc-node";

type Parts = { database: Pick<Database, "gauge">; cache: Pick<Cache<Db, Tx>, "stats"> };

/** What telemetry may ask of this process once per flush. The pool's part is for one who asks. */
export function nodeSources({ database, cache }: Parts, about: { role: string; version: string }) {
  return {
    ...about,
    startedAtMs: Math.round(performance.timeOrigin),
    pool: database.gauge,
    breakers: () => ({ cache: cache.stats().l2 }),
    cache: () => {
      const { epoch, logAgeMs, logConnected } = cache.stats();
      return { epoch, lagMs: logAgeMs === null ? null : Math.round(logAgeMs), trusted: logConnected };
    },
    callsInFlight: callsInFlight,
  };
}
