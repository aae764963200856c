import { withinOwnDeadline } from "./deadline";
import type { Engine } from "./engine";
import { isDueEarly } from "./early-refresh";
import { createFlight, createJob, type Flight, isTooOldFor, type Job, type Landed } from "./flight";
import { fly, RefreshElsewhere } from "./fly";
import { isStale, type L1Entry } from "./l1";
import { loadKey, type LoadResult } from "./load";
import { beginRead, type Ended, publishArrival, publishRead } from "./outcome";
import type { Plan } from "./plan";
import { restAfter } from "./rest";
import type { CacheGroup } from "./types";

type Boarding = { readonly flight: Flight; readonly leads: boolean };

const hitL1: Ended = { outcome: "hit", tier: "l1", loadMs: null };
const failed: Ended = { outcome: "error", tier: null, loadMs: null };

/** How a read that went beyond L1 ended. */
function endedOf({ value, from, stale, loadMs }: Landed, leads: boolean): Ended {
  if (from === "load") return { outcome: leads ? "miss" : "coalesced", tier: null, loadMs: leads ? loadMs : null };
  if (from === "fleet") return { outcome: "coalesced", tier: null, loadMs: null };
  return { outcome: value === null ? "negative" : stale ? "stale" : "hit", tier: "l2", loadMs: null };
}

/** The reads of one group. `invalidate` is added by the cache, which knows how. */
export function createReads<Key, Value>(
  engine: Engine,
  plan: Plan<Key, Value>,
): Pick<CacheGroup<Key, Value>, "get" | "getMany" | "live" | "peek"> {
  const { clock, deadlines, fence, flights, hot, l1, refreshes, withinMutation } = engine;
  const { group, definition, graceMs, idPrefix } = plan;

  /** Joins the flight under way for a key, or creates one, which the caller must let fly. */
  function board(key: Key, cacheKey: string): Boarding {
    const id = idPrefix + cacheKey;
    const nowMs = clock.now();
    const under = flights.find(id, nowMs, () => plan.certainMarks(key, cacheKey));
    if (under !== undefined) {
      under.isJoined = true;
      return { flight: under, leads: false };
    }
    const flight = createFlight(id, nowMs, engine.loadWaitMs, fence);
    flights.add(flight);
    return { flight, leads: true };
  }

  /** Replaces an entry in the background, unless there is no room for that now. */
  function refresh(key: Key, cacheKey: string, old: { readonly stamp: string; readonly failures: number }): void {
    refreshes.run(async () => {
      const { flight, leads } = board(key, cacheKey);
      // Who leads another flight for it is no reader of this one.
      if (!leads) return;
      const landed = withinOwnDeadline(deadlines, flight);
      fly(engine, plan, [createJob(key, cacheKey, flight, old)], { background: true });
      await landed;
    });
  }

  /** As above, for an entry of L1: at most one refresh at a time, and a pause after each that fails. */
  function refreshKept(key: Key, cacheKey: string, entry: L1Entry): void {
    const isUnderWay = refreshes.run(async () => {
      const { flight, leads } = board(key, cacheKey);
      if (!leads) return;
      const landed = withinOwnDeadline(deadlines, flight);
      fly(engine, plan, [createJob(key, cacheKey, flight, entry)], { background: true });
      try {
        await landed;
        entry.refreshAfterMs = Number.NEGATIVE_INFINITY;
      } catch (error) {
        entry.refreshAfterMs = clock.now() + restAfter(engine, entry.failures);
        if (!(error instanceof RefreshElsewhere)) entry.failures += 1;
      }
    });
    if (isUnderWay) entry.refreshAfterMs = clock.now() + engine.longestFlightMs;
  }

  /** Waits for a flight and publishes the read's one outcome. A reader who came too late for it takes another. */
  function arrive(
    key: Key,
    cacheKey: string,
    sequence: number,
    { flight, leads }: Boarding,
    startedAtMs: number,
  ): Promise<Value | null> {
    return withinOwnDeadline(deadlines, flight).then(
      (landed) => {
        // Only the first can be too old, for the next began after this reader came.
        if (!leads && isTooOldFor(sequence, flight, landed, fence)) return take(key, cacheKey, sequence, startedAtMs);
        publishArrival(plan, startedAtMs, endedOf(landed, leads), landed.marks);
        if (landed.isDue && leads) refresh(key, cacheKey, { stamp: landed.stamp, failures: 0 });
        // The flight's id names the group and its version, so the value came from this definition's load.
        return landed.value as Value | null;
      },
      (error: unknown) => {
        publishRead(plan, startedAtMs, failed, null);
        throw error;
      },
    );
  }

  /** Asks for a key that L1 does not have. */
  function take(key: Key, cacheKey: string, sequence: number, startedAtMs: number): Promise<Value | null> {
    const boarding = board(key, cacheKey);
    const arrival = arrive(key, cacheKey, sequence, boarding, startedAtMs);
    if (boarding.leads) fly(engine, plan, [createJob(key, cacheKey, boarding.flight)], { background: false });
    return arrival;
  }

  /** Publishes an answer of L1 and sees to its refresh. */
  function serve(key: Key, cacheKey: string, entry: L1Entry, nowMs: number, startedAtMs: number): Value | null {
    const stale = isStale(entry, nowMs);
    if ((stale || nowMs >= entry.earlyFromMs) && nowMs >= entry.refreshAfterMs) {
      if (stale || isDueEarly(entry, nowMs, engine.random)) refreshKept(key, cacheKey, entry);
    }
    const outcome = entry.value === null ? "negative" : stale ? "stale" : "hit";
    publishRead(plan, startedAtMs, { outcome, tier: "l1", loadMs: null }, entry);
    // As above: the id names the definition.
    return entry.value as Value | null;
  }

  async function bypass(key: Key): Promise<Value | null> {
    const startedAtMs = beginRead();
    const result = await new Promise<LoadResult>((resolve) => {
      loadKey(plan, key, { closing: engine.closing, background: false }, resolve);
    });
    publishRead(plan, startedAtMs, result.ok ? { outcome: "bypass", tier: null, loadMs: result.loadMs } : failed, null);
    if (!result.ok) throw result.error;
    return result.loaded.value as Value | null;
  }

  return {
    get: (key, options) => {
      try {
        withinMutation.refuseReads();
        if (options?.bypass === true) return bypass(key);
        const startedAtMs = beginRead();
        const cacheKey = definition.key(key);
        hot.seen(group, cacheKey);
        const nowMs = clock.now();
        const entry = l1.read(idPrefix + cacheKey, nowMs, graceMs);
        if (entry !== undefined) return Promise.resolve(serve(key, cacheKey, entry, nowMs, startedAtMs));
        return take(key, cacheKey, fence.sequence, startedAtMs);
      } catch (error) {
        return Promise.reject(error);
      }
    },

    getMany: async (keys) => {
      withinMutation.refuseReads();
      const startedAtMs = beginRead();
      const distinct = new Map<string, Key>();
      for (const key of keys) {
        const cacheKey = definition.key(key);
        if (!distinct.has(cacheKey)) distinct.set(cacheKey, key);
      }
      const values = new Map<Key, Value | null>();
      const arriving: Promise<void>[] = [];
      const jobs: Job<Key>[] = [];
      const nowMs = clock.now();
      const { sequence } = fence;
      for (const [cacheKey, key] of distinct) {
        // Holds the place, so that the answer keeps the order of the question.
        values.set(key, null);
        hot.seen(group, cacheKey);
        const entry = l1.read(idPrefix + cacheKey, nowMs, graceMs);
        if (entry !== undefined) {
          values.set(key, serve(key, cacheKey, entry, nowMs, startedAtMs));
          continue;
        }
        const boarding = board(key, cacheKey);
        if (boarding.leads) jobs.push(createJob(key, cacheKey, boarding.flight));
        const arrival = arrive(key, cacheKey, sequence, boarding, startedAtMs);
        arriving.push(arrival.then((value) => void values.set(key, value)));
      }
      // Its own keys fly before it waits for those of others, so that callers with crossed keys do not wait for each other.
      if (jobs.length > 0) fly(engine, plan, jobs, { background: false });
      await Promise.all(arriving);
      return values;
    },

    live: (key) => {
      withinMutation.refuseReads();
      const cacheKey = definition.key(key);
      const id = idPrefix + cacheKey;
      const nowMs = clock.now();
      const found = l1.read(id, nowMs, graceMs);
      if (found === undefined || found.value === null || isStale(found, nowMs)) return undefined;
      const { value } = found;
      return {
        group,
        // As above: the id names the definition.
        value: value as Value,
        answers: (startedAtMs = beginRead()) => {
          const readAtMs = clock.now();
          const entry = l1.read(id, readAtMs, graceMs);
          if (entry === undefined || entry.value !== value || isStale(entry, readAtMs)) return false;
          hot.seen(group, cacheKey);
          publishRead(plan, startedAtMs, hitL1, entry);
          return true;
        },
      };
    },

    peek: (key) => {
      withinMutation.refuseReads();
      const entry = l1.read(idPrefix + definition.key(key), clock.now(), graceMs);
      return entry === undefined ? undefined : (entry.value as Value | null);
    },
  };
}
