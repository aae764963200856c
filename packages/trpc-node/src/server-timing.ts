import { channels, type CacheReadMessage } from "@weir/core/channels";
import { currentScope, type RequestScope } from "@weir/core/scope";

type Collected = {
  reads: { group: string; ended: string; durationMs: number }[];
  loadMs: number | null;
  poolMs: number | null;
  sqlMs: number | null;
};

const maxReads = 10;
const collected = new WeakMap<RequestScope, Collected>();

/** With three decimals at most. */
export const milliseconds = (value: number): string => String(Math.round(value * 1000) / 1000);

/** How a read ended, as one word: the tier of a hit, else the outcome. */
function ended(message: CacheReadMessage): string {
  return message.outcome === "hit" && message.tier !== null ? message.tier : message.outcome;
}

function mine(): Collected | undefined {
  const scope = currentScope();
  return scope === undefined ? undefined : collected.get(scope.request);
}

/** Starts collecting what the cache and the database do for this request. */
export function collectTimings(request: RequestScope): void {
  collected.set(request, { reads: [], loadMs: null, poolMs: null, sqlMs: null });
}

/**
 * The value of `Server-Timing` for a request that `collectTimings` knows:
 * `total;dur=1.9, cache;desc="order.byId l2";dur=0.4, load;dur=…, pool;dur=…, sql;dur=…`, in ms, at most ten `cache`
 * entries, sums for the rest, absent where nothing happened. Quoted text holds only names of cache groups.
 */
export function serverTiming(request: RequestScope, totalMs: number): string {
  const entry = collected.get(request);
  const parts = [`total;dur=${milliseconds(totalMs)}`];
  for (const read of entry?.reads ?? []) {
    parts.push(`cache;desc="${read.group} ${read.ended}";dur=${milliseconds(read.durationMs)}`);
  }
  const sums = { load: entry?.loadMs ?? null, pool: entry?.poolMs ?? null, sql: entry?.sqlMs ?? null };
  for (const [name, value] of Object.entries(sums)) {
    if (value !== null) parts.push(`${name};dur=${milliseconds(value)}`);
  }
  return parts.join(", ");
}

/** Subscribes to the channels of cache and database, once per process. Returns the function that unsubscribes. */
export function attachServerTiming(): () => void {
  const endCache = channels.cache.subscribe((message) => {
    if (message.type !== "read") return;
    const entry = mine();
    if (entry === undefined) return;
    if (entry.reads.length < maxReads) {
      entry.reads.push({ group: message.group, ended: ended(message), durationMs: message.durationMs });
    }
    if (message.loadMs !== null) entry.loadMs = (entry.loadMs ?? 0) + message.loadMs;
  });
  const endSql = channels.sql.subscribe((message) => {
    const entry = mine();
    if (entry === undefined) return;
    entry.poolMs = (entry.poolMs ?? 0) + message.waitMs;
    entry.sqlMs = (entry.sqlMs ?? 0) + message.durationMs;
  });
  return () => {
    endCache();
    endSql();
  };
}
