import { withinOwnDeadline } from "./deadline";
import type { Engine } from "./engine";
import { createFlight, type Flight, isTooOldFor, type Job, type Landed } from "./flight";
import { fly } from "./fly";
import { isStale, type L1Entry } from "./l1";
import { loadKey, type LoadResult } from "./load";
import { beginRead, type Ended, publishRead } from "./outcome";
import type { Plan } from "./plan";
import type { CacheGroup } from "./types";

type Boarding = { readonly flight: Flight; readonly leads: boolean };

const refreshAgainMs = 1000;
const hitL1: Ended = { outcome: "hit", tier: "l1", loadMs: null };
const failed: Ended = { outcome: "error", tier: null, loadMs: null };

/** How a read that went beyond L1 ended. */
function endedOf({ value, from, stale, loadMs }: Landed, leads: boolean): Ended {
  if (from === "load") return { outcome: leads ? "miss" : "coalesced", tier: null, loadMs: leads ? loadMs : null };
  return { outcome: value === null ? "negative" : stale ? "stale" : "hit", tier: "l2", loadMs: null };
}

/** The reads of one group. `invalidate` is added by the cache, which knows how. */
export function createReads<Key, Value>(
  engine: Engine,
  plan: Plan<Key, Value>,
): Pick<CacheGroup<Key, Value>, "get" | "getMany" | "live" | "peek"> {
  const { clock, deadlines, fence, flights, l1, refreshes, withinMutation } = engine;
  const { group, definition, graceMs, idPrefix } = plan;

  /** The marks that are certain before the value is known. */
  function certainMarks(key: Key, cacheKey: string): readonly string[] {
    const implied = plan.impliedMarks(cacheKey);
    try {
      return [...implied, ...plan.tagMarks(key, null)];
    } catch {
      // Tags that cannot do without a value are checked when the flight has landed.
      return implied;
    }
  }

  /** Joins the flight under way for a key, or creates one, which the caller must let fly. */
  function board(key: Key, cacheKey: string): Boarding {
    const id = idPrefix + cacheKey;
    const nowMs = clock.now();
    const under = flights.find(id, nowMs, () => certainMarks(key, cacheKey));
    if (under !== undefined) return { flight: under, leads: false };
    const flight = createFlight(id, nowMs, fence);
    flights.add(flight);
    return { flight, leads: true };
  }

  function refresh(key: Key, cacheKey: string): void {
    const id = idPrefix + cacheKey;
    refreshes.run(async () => {
      const { flight, leads } = board(key, cacheKey);
      if (!leads) return;
      const landed = withinOwnDeadline(deadlines, flight);
      fly(engine, plan, [{ key, cacheKey, flight }], { refresh: true });
      try {
        await landed;
      } catch {
        const entry = l1.read(id, clock.now(), graceMs);
        if (entry !== undefined) entry.refreshAfterMs = clock.now() + refreshAgainMs;
      }
    });
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
        publishRead(group, startedAtMs, endedOf(landed, leads));
        if (landed.stale && leads) refresh(key, cacheKey);
        // The flight's id names the group and its version, so the value came from this definition's load.
        return landed.value as Value | null;
      },
      (error: unknown) => {
        publishRead(group, startedAtMs, failed);
        throw error;
      },
    );
  }

  /** Asks for a key that L1 does not have. */
  function take(key: Key, cacheKey: string, sequence: number, startedAtMs: number): Promise<Value | null> {
    const boarding = board(key, cacheKey);
    const arrival = arrive(key, cacheKey, sequence, boarding, startedAtMs);
    if (boarding.leads) fly(engine, plan, [{ key, cacheKey, flight: boarding.flight }], { refresh: false });
    return arrival;
  }

  /** Publishes an answer of L1 and sees to its refresh. */
  function serve(key: Key, cacheKey: string, entry: L1Entry, nowMs: number, startedAtMs: number): Value | null {
    const stale = isStale(entry, nowMs);
    if (stale && nowMs >= entry.refreshAfterMs) refresh(key, cacheKey);
    const outcome = entry.value === null ? "negative" : stale ? "stale" : "hit";
    publishRead(group, startedAtMs, { outcome, tier: "l1", loadMs: null });
    // As above: the id names the definition.
    return entry.value as Value | null;
  }

  async function bypass(key: Key): Promise<Value | null> {
    const startedAtMs = beginRead();
    const result = await new Promise<LoadResult>((resolve) => {
      loadKey(plan, key, { closing: engine.closing, background: false }, resolve);
    });
    publishRead(group, startedAtMs, result.ok ? { outcome: "bypass", tier: null, loadMs: result.loadMs } : failed);
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
        const entry = l1.read(idPrefix + cacheKey, nowMs, graceMs);
        if (entry !== undefined) {
          values.set(key, serve(key, cacheKey, entry, nowMs, startedAtMs));
          continue;
        }
        const boarding = board(key, cacheKey);
        if (boarding.leads) jobs.push({ key, cacheKey, flight: boarding.flight });
        const arrival = arrive(key, cacheKey, sequence, boarding, startedAtMs);
        arriving.push(arrival.then((value) => void values.set(key, value)));
      }
      // Its own keys fly before it waits for those of others, so that callers with crossed keys do not wait for each other.
      if (jobs.length > 0) fly(engine, plan, jobs, { refresh: false });
      await Promise.all(arriving);
      return values;
    },

    live: (key) => {
      withinMutation.refuseReads();
      const id = idPrefix + definition.key(key);
      const nowMs = clock.now();
      const found = l1.read(id, nowMs, graceMs);
      if (found === undefined || found.value === null || isStale(found, nowMs)) return undefined;
      const { value } = found;
      return {
        group,
        // As above: the id names the definition.
        value: value as Value,
        answers: () => {
          const startedAtMs = beginRead();
          const readAtMs = clock.now();
          const entry = l1.read(id, readAtMs, graceMs);
          if (entry === undefined || entry.value !== value || isStale(entry, readAtMs)) return false;
          publishRead(group, startedAtMs, hitL1);
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
