import type { CacheGroup } from "./contract/types";
import type { Plan } from "./loading/definition";
import type { Engine } from "./loading/engine";
import {
  createFlight,
  createJob,
  type Flight,
  type FlightResult,
  isTooOldFor,
  type Job,
  LoadRefused,
  waitForFlight,
} from "./loading/flight";
import { loadKey, type LoadResult } from "./loading/load";
import { beginRead, type Outcome, publishFlightRead, publishRead } from "./loading/outcomes";
import { readThrough, RefreshElsewhere } from "./loading/read-through";
import { backoffAfter, isDueEarly } from "./loading/refresh";
import { fewKeys } from "./loading/turns";
import { isStale, type L1Entry } from "./memory/l1";

type Joined = { readonly flight: Flight; readonly leads: boolean };

/** Keys per batch of one `getMany`: one MGET, one lease request, one `loadMany`. */
const maxPortion = 128;
/** Concurrent batches of one `getMany`. */
const maxPortions = 8;

const hitL1: Outcome = { outcome: "hit", tier: "l1", loadMs: null };
const failed: Outcome = { outcome: "error", tier: null, loadMs: null };

/** How a read beyond L1 ended. */
function outcomeOf({ value, from, stale, loadMs }: FlightResult, leads: boolean): Outcome {
  if (from === "load") return { outcome: leads ? "miss" : "coalesced", tier: null, loadMs: leads ? loadMs : null };
  if (from === "fleet") return { outcome: "coalesced", tier: null, loadMs: null };
  return { outcome: value === null ? "negative" : stale ? "stale" : "hit", tier: "l2", loadMs: null };
}

/** The reads of one group. The cache adds `entry` and `invalidate`. */
export function createReads<Key, Value>(
  engine: Engine,
  plan: Plan<Key, Value>,
): Pick<CacheGroup<Key, Value>, "get" | "getMany" | "live" | "peek"> {
  const { clock, deadlines, fence, flights, hot, l1, refreshes, turns, mutationScope, verifier } = engine;
  const { group, definition, graceMs, idPrefix } = plan;

  /** Joins the running flight for a key, or creates one, which the caller must start. */
  function joinFlight(key: Key, cacheKey: string): Joined {
    const id = idPrefix + cacheKey;
    const nowMs = clock.now();
    const running = flights.find(id, nowMs, () => plan.knownMarks(key, cacheKey));
    if (running !== undefined) {
      running.isJoined = true;
      return { flight: running, leads: false };
    }
    const flight = createFlight(id, nowMs, engine.loadWaitMs, fence);
    flights.add(flight);
    return { flight, leads: true };
  }

  /** Replaces an entry in the background, unless the pool is full. */
  function refresh(key: Key, cacheKey: string, old: { readonly stamp: string; readonly failures: number }): void {
    refreshes.run(async () => {
      const { flight, leads } = joinFlight(key, cacheKey);
      // A running flight replaces the entry anyway.
      if (!leads) return;
      const ended = waitForFlight(deadlines, flight);
      readThrough(engine, plan, [createJob(key, cacheKey, flight, old)], { background: true });
      await ended;
    });
  }

  /** `refresh` for an entry of L1: at most one at a time, and a backoff after each failure. */
  function refreshL1Entry(key: Key, cacheKey: string, entry: L1Entry): void {
    const isRunning = refreshes.run(async () => {
      const { flight, leads } = joinFlight(key, cacheKey);
      if (!leads) return;
      const ended = waitForFlight(deadlines, flight);
      readThrough(engine, plan, [createJob(key, cacheKey, flight, entry)], { background: true });
      try {
        await ended;
        entry.refreshAfterMs = Number.NEGATIVE_INFINITY;
      } catch (error) {
        entry.refreshAfterMs = clock.now() + backoffAfter(engine, entry.failures);
        if (!(error instanceof RefreshElsewhere)) entry.failures += 1;
      }
    });
    if (isRunning) entry.refreshAfterMs = clock.now() + engine.maxFlightMs;
  }

  /** Waits for a flight and publishes the read's one outcome. A reader that arrived too late for it starts over. */
  function awaitFlight(
    key: Key,
    cacheKey: string,
    sequence: number,
    { flight, leads }: Joined,
    startedAtMs: number,
  ): Promise<Value | null> {
    return waitForFlight(deadlines, flight).then(
      (result) => {
        // Only the first flight can be too old: the next one begins after this reader arrived.
        if (!leads && isTooOldFor(sequence, flight, result, fence)) {
          return readBeyondL1(key, cacheKey, sequence, startedAtMs);
        }
        publishFlightRead(plan, startedAtMs, outcomeOf(result, leads), result.marks);
        if (leads && verifier !== null) verifier.remember(plan, key, idPrefix + cacheKey);
        if (result.isDue && leads) refresh(key, cacheKey, { stamp: result.stamp, failures: 0 });
        // The flight's id names the group and its version, so the value came from this definition's load.
        return result.value as Value | null;
      },
      (error: unknown) => {
        let reason = error;
        if (error instanceof LoadRefused) {
          // Checked again for a reader that joined: many readers without a permit must not start in turn.
          const own = leads ? error.reason : engine.admitLoads?.(1);
          if (own === undefined || own === null) return readBeyondL1(key, cacheKey, sequence, startedAtMs);
          reason = own;
        }
        publishRead(plan, startedAtMs, failed, null);
        throw reason;
      },
    );
  }

  /** Reads a key that L1 does not have. */
  function readBeyondL1(key: Key, cacheKey: string, sequence: number, startedAtMs: number): Promise<Value | null> {
    const joined = joinFlight(key, cacheKey);
    const value = awaitFlight(key, cacheKey, sequence, joined, startedAtMs);
    if (joined.leads) readThrough(engine, plan, [createJob(key, cacheKey, joined.flight)], { background: false });
    return value;
  }

  /** Publishes a read that L1 serves, and starts a refresh if one is due. */
  function serveFromL1(key: Key, cacheKey: string, entry: L1Entry, nowMs: number, startedAtMs: number): Value | null {
    const stale = isStale(entry, nowMs);
    if ((stale || nowMs >= entry.earlyFromMs) && nowMs >= entry.refreshAfterMs) {
      if (stale || isDueEarly(entry, nowMs, engine.random)) refreshL1Entry(key, cacheKey, entry);
    }
    if (verifier !== null && !stale) verifier.onHit(plan, key, idPrefix + cacheKey, entry);
    const outcome = entry.value === null ? "negative" : stale ? "stale" : "hit";
    publishRead(plan, startedAtMs, { outcome, tier: "l1", loadMs: null }, entry);
    // As above: the id names the definition.
    return entry.value as Value | null;
  }

  /** Starts the flights of one batch of keys. Attaches a listener to each promise, so no rejection is unhandled. */
  function sendPortion(portions: Set<Promise<unknown>>, jobs: readonly Job<Key>[], pending: Promise<void>[]): void {
    if (jobs.length > 0) readThrough(engine, plan, jobs, { background: false });
    const portion = Promise.all(pending);
    portions.add(portion);
    const end = (): void => void portions.delete(portion);
    portion.then(end, end);
  }

  async function bypass(key: Key): Promise<Value | null> {
    const startedAtMs = beginRead();
    const result = await new Promise<LoadResult>((resolve) => {
      loadKey(plan, key, { closing: engine.closing, background: false }, resolve);
    });
    publishRead(plan, startedAtMs, result.ok ? { outcome: "bypass", tier: null, loadMs: result.loadMs } : failed, null);
    if (!result.ok) throw result.error;
    // The value came from this definition's load.
    return result.loaded.value as Value | null;
  }

  return {
    get: (key, options) => {
      try {
        mutationScope.refuseReads();
        if (options?.bypass === true) return bypass(key);
        const startedAtMs = beginRead();
        const cacheKey = definition.key(key);
        hot.record(group, cacheKey);
        const nowMs = clock.now();
        const entry = l1.read(idPrefix + cacheKey, nowMs, graceMs);
        if (entry !== undefined) return Promise.resolve(serveFromL1(key, cacheKey, entry, nowMs, startedAtMs));
        return readBeyondL1(key, cacheKey, fence.sequence, startedAtMs);
      } catch (error) {
        return Promise.reject(error);
      }
    },

    getMany: async (keys) => {
      mutationScope.refuseReads();
      const startedAtMs = beginRead();
      const distinct = new Map<string, Key>();
      for (const key of keys) {
        const cacheKey = definition.key(key);
        if (!distinct.has(cacheKey)) distinct.set(cacheKey, key);
      }
      const values = new Map<Key, Value | null>();
      let portions: Set<Promise<unknown>> | undefined;
      let pending: Promise<void>[] = [];
      let jobs: Job<Key>[] = [];
      let index = 0;
      let nowMs = clock.now();
      const { sequence } = fence;
      for (const [cacheKey, key] of distinct) {
        const pauses = distinct.size > fewKeys && index % fewKeys === 0 && turns.isSpent();
        index += 1;
        if (pending.length >= maxPortion || (pauses && pending.length > 0)) {
          portions ??= new Set();
          sendPortion(portions, jobs, pending);
          jobs = [];
          pending = [];
          if (portions.size >= maxPortions) await Promise.race(portions);
        }
        if (pauses) await turns.next();
        if (portions !== undefined || pauses) nowMs = clock.now();
        // Reserves the position, so that the result has the order of the keys.
        values.set(key, null);
        hot.record(group, cacheKey);
        const entry = l1.read(idPrefix + cacheKey, nowMs, graceMs);
        if (entry !== undefined) {
          values.set(key, serveFromL1(key, cacheKey, entry, nowMs, startedAtMs));
          continue;
        }
        const joined = joinFlight(key, cacheKey);
        if (joined.leads) jobs.push(createJob(key, cacheKey, joined.flight));
        const value = awaitFlight(key, cacheKey, sequence, joined, startedAtMs);
        pending.push(value.then((one) => void values.set(key, one)));
      }
      // Its own flights start before it waits for others, so that callers with crossed keys do not wait for each other.
      if (jobs.length > 0) readThrough(engine, plan, jobs, { background: false });
      await Promise.all(portions === undefined ? pending : [...portions, ...pending]);
      return values;
    },

    live: (key) => {
      mutationScope.refuseReads();
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
          hot.record(group, cacheKey);
          if (verifier !== null) verifier.onHit(plan, key, id, entry);
          publishRead(plan, startedAtMs, hitL1, entry);
          return true;
        },
      };
    },

    peek: (key) => {
      mutationScope.refuseReads();
      const entry = l1.read(idPrefix + definition.key(key), clock.now(), graceMs);
      // As above: the id names the definition.
      return entry === undefined ? undefined : (entry.value as Value | null);
    },
  };
}
