import { randomBytes, randomUUID } from "node:crypto";
import { setMaxListeners } from "node:events";
import { channels } from "@weir/core/channels";
import { createDeadlines, TimeoutError, withTimeout } from "@weir/core/deadlines";
import { runOutsideScope } from "@weir/core/scope";
import { ClusterModeError, MemoryPolicyError } from "./contract/errors";
import type { Cache, CacheGroup, Definition } from "./contract/types";
import type { CacheWarning } from "./contract/warnings";
import { createReads } from "./group";
import { deletePrefix } from "./inspect/delete-prefix";
import { createInspection } from "./inspect/inspection";
import { previewInvalidation } from "./inspect/preview";
import { createInspectionRedis, type InspectionTools } from "./inspect/tools";
import { createVerifier } from "./inspect/verify";
import { createFence, createTrust } from "./invalidation/fence";
import {
  applyReply,
  createFleetConfirmation,
  createInvalidate,
  createInvalidationQueue,
  createSender,
  invalidateHere,
  invalidateMarks,
  type InvalidateTools,
} from "./invalidation/invalidate";
import { createAttach, createLogFollowers, openLog } from "./invalidation/log";
import { createMutate, createMutationScope } from "./invalidation/mutate";
import { createSweeper } from "./invalidation/sweeper";
import { createUsageChecks, reportOnce } from "./invalidation/usage";
import { batchLoads } from "./loading/batch-loads";
import { type GroupFacts, planOf } from "./loading/definition";
import type { Engine } from "./loading/engine";
import { fingerprintOf } from "./loading/fingerprint";
import { createSingleFlight } from "./loading/flight";
import { createRefreshes } from "./loading/refresh";
import { createTurns } from "./loading/turns";
import { createHotKeys, publishHotKeys } from "./memory/hot-keys";
import { createL1 } from "./memory/l1";
import { bounds, type CacheOptions, type CacheTimings, checkTimings, defaultTimings } from "./options";
import { type BreakerState, createBreaker } from "./redis/breaker";
import { createRedisTime, type MonotonicClock, watchSuspension } from "./redis/clock";
import { type Connection, openConnection } from "./redis/connection";
import { createL2, createL2Requests, type L2 } from "./redis/l2";
import { createLeases, type Leases, nodeTagLength } from "./redis/leases";
import { keyNames, type KeyNames } from "./redis/names";
import { readScripts } from "./redis/scripts";

/**
 * Creates a cache of two tiers, this process's memory and Redis, that serves no value older than an applied invalidation
 * (rule C1). Opens two connections: one for reads and invalidations, one that follows the log. An unreachable Redis fails
 * neither this call nor any read. Several caches can exist in one process; each is a node of its own.
 *
 * Outside rule C1: a split brain of Redis; definitions that choose `outage: { serveFor }`; and a machine that was suspended
 * as a whole. Its monotonic clock stood still, so on waking it still trusts its memory: the node notices within a quarter
 * of a second and serves nothing from memory until it has followed the log again.
 *
 * `ready` rejects a Redis in cluster mode. Each script keeps to one slot per key, but the keys that one MGET or one lease
 * script reads together are not split by slots, and the run id would be that of an arbitrary node.
 */
export function createCache<Db = never, Tx = never>(options: CacheOptions<Db, Tx>): Cache<Db, Tx> {
  const { redis: source, nodeId, keyPrefix, outbox, disable, random = Math.random, wallClock = Date } = options;
  const timings = checkTimings({ ...defaultTimings, ...options.timings });
  const clock = options.clock ?? performance;
  const instance = `${nodeId}/${randomUUID()}`;
  const keys = keyNames(keyPrefix);
  const sharesLoads = disable?.has("single-flight") !== true;
  const closing = new AbortController();
  // As many listeners as there are running loads that use their signal.
  setMaxListeners(0, closing.signal);
  const groups = new Map<string, GroupFacts>();
  const fingerprints = new Map<string, { version: number; fingerprint: number }>();
  const report = options.onWarning === undefined ? null : reportOnce(options.onWarning);
  const usage = report === null ? null : createUsageChecks(report);
  let refusal: Error | null = null;
  let restoring = false;

  const fence = createFence({ maxMarks: bounds.localMarks });
  const trust = createTrust(timings.trustMs);
  const redisTime = createRedisTime();
  const deadlines = createDeadlines();
  const mutationScope = createMutationScope();
  const attach = createAttach({
    keys,
    fence,
    clock,
    redisTime,
    instance,
    leaseMs: timings.leaseMs,
    logLength: bounds.logLength,
    onSettings: ({ memoryPolicy, isCluster }) => {
      refusal = memoryPolicy.startsWith("allkeys-") ? new MemoryPolicyError(memoryPolicy) : null;
      if (isCluster) refusal = new ClusterModeError();
    },
  });
  const connection = openConnection({
    source,
    name: "cache",
    deadlines,
    commandTimeoutMs: 2 * Math.max(timings.redisBudgetMs, timings.invalidationBudgetMs),
    prepare: async (send) => {
      const [{ clock: reading }] = await Promise.all([
        attach(send, false),
        send("SCRIPT", (redis) => Promise.all(readScripts.map(({ source: text }) => redis.script("LOAD", text)))),
      ]);
      if (fence.incarnation === null || fence.incarnation === reading.incarnation) return;
      // The log starts over in a moment; until then this node's memory belongs to a past that is void.
      trust.withdraw(clock.now());
      fence.flush();
    },
  });
  const followers = createLogFollowers(() =>
    fence.incarnation === null ? null : { incarnation: fence.incarnation, epoch: fence.applied },
  );
  const log = openLog({
    source,
    keys,
    fence,
    trust,
    clock,
    redisTime,
    deadlines,
    attach,
    followers: followers.publish,
    send: connection.send,
    instance,
    ...timings,
  });

  const stopWatching = watchSuspension({
    clock,
    wallClock,
    onResumed: () => {
      const nowMs = clock.now();
      trust.withdraw(nowMs);
      redisTime.forget(nowMs);
      fence.flush();
    },
  });

  const restoreClock = (): void => {
    if (restoring || !connection.usable) return;
    restoring = true;
    void runOutsideScope(() => attach(connection.send, false))
      .catch(() => undefined)
      .finally(() => {
        restoring = false;
      });
  };
  const l1 = createL1({
    maxEntries: options.l1?.maxEntries ?? bounds.l1Entries,
    maxBytes: options.l1?.maxBytes ?? bounds.l1Bytes,
    enabled: disable?.has("l1") !== true,
    fence,
    trust,
  });
  const hot = createHotKeys({ clock, random });
  const stopPublishing = publishHotKeys({ hot, connection, key: keys.hot(instance), everyMs: timings.hotKeysMs });
  const shared = createSharedTier({ connection, keys, clock, random, timings, onClockMissing: restoreClock });
  const { l2, leases } = shared;
  const flights = createSingleFlight({ fence, maxFlightMs: timings.maxFlightMs, enabled: sharesLoads });
  const verifier =
    options.verify === undefined
      ? null
      : createVerifier({
          l1,
          fence,
          clock,
          random,
          closing: closing.signal,
          share: options.verify,
          settleMs: 2 * timings.sweepMs,
          loadMs: timings.maxFlightMs,
          report: report ?? (() => undefined),
        });
  const engine: Engine = {
    clock,
    random,
    deadlines,
    keys,
    hot,
    fence,
    l1,
    l2: disable?.has("l2") === true ? null : l2,
    redisTime,
    flights,
    refreshes: createRefreshes({ max: bounds.refreshes }),
    turns: createTurns(clock),
    admitLoads: options.admitLoads ?? null,
    mutationScope,
    verifier,
    leases,
    isSharing: () => connection.usable && shared.state === "closed",
    usesLeases: sharesLoads,
    maxPlainLength: bounds.plainLength,
    loadWaitMs: timings.loadWaitMs,
    backoffMs: { min: timings.backoffMs, max: timings.maxBackoffMs },
    redisBudgetMs: timings.redisBudgetMs,
    maxFlightMs: timings.maxFlightMs,
    closing: closing.signal,
  };

  const send = createSender({
    connection,
    attach,
    keys,
    instance,
    logLength: bounds.logLength,
    maxMarks: bounds.remoteMarks,
    budgetMs: timings.invalidationBudgetMs,
  });
  const queue = createInvalidationQueue({
    send,
    fence,
    retryMs: timings.retryMs,
    maxMarks: bounds.queuedMarks,
    random,
    onApplied: (invalidation) => {
      applyReply(fence, invalidation);
      // Redis is back, and the sweep was blocked until now.
      sweeper?.sweepSoon();
    },
  });
  const confirmFleet = createFleetConfirmation({
    connection,
    keys,
    clock,
    instance,
    leaseMs: timings.leaseMs,
    waitMs: timings.fleetWaitMs,
  });
  const tools: InvalidateTools = { fence, send, queue, confirmFleet, usage };
  const invalidate = createInvalidate(tools);
  const sweeper =
    outbox === undefined
      ? undefined
      : createSweeper({
          pending: outbox.pending,
          settle: outbox.settle,
          invalidate: async (tags, mode) => (await invalidateHere(tools, { tags }, mode)) !== null,
          isBlocked: () => !queue.isEmpty,
          everyMs: timings.sweepMs,
          random,
        });
  const stopHearing = sweeper === undefined ? undefined : outbox?.watch?.(sweeper.wake);

  const inspectionRedis = createInspectionRedis({ source, deadlines });
  const inspection: InspectionTools = {
    redis: inspectionRedis,
    keys,
    clock,
    groups,
    l1,
    fence,
    trust,
    invalidateMarks: (order) => invalidateMarks(tools, order),
  };

  const mutate = createMutate<Db, Tx>({ ...tools, outbox, sweeper, mutationScope, verifier });

  function define<Key, Value>(given: Definition<Key, Value>): CacheGroup<Key, Value> {
    const definition = options.changedDefinitions === "renew" ? renewed(given) : given;
    const batches = disable?.has("batching") !== true;
    const plan = planOf(batches ? batchLoads(definition) : definition);
    if (groups.has(plan.group)) throw new RangeError(`The group ${plan.group} is already defined.`);
    groups.set(plan.group, plan);
    if (options.changedDefinitions === "warn") {
      fingerprints.set(plan.group, { version: plan.version, fingerprint: fingerprintOf(given) });
    }
    const reads = createReads(engine, plan);
    return {
      name: plan.group,
      ...reads,
      entry: (key) => ({ group: plan.group, live: () => reads.live(key), get: () => reads.get(key) }),
      invalidate: (key, how) => invalidate({ keys: [{ group: plan.group, key: definition.key(key) }] }, how),
    };
  }

  return {
    define: (definition) => {
      usage?.allowAnyTag();
      return define(definition);
    },
    withTags: ({ families, tagsOf }) => {
      usage?.declare(families);
      return {
        define,
        mutate: (db, work, how) => mutate(db, tagsOf, work, how),
      };
    },
    invalidate,
    preview: (target, how) => previewInvalidation(inspection, target, how),
    deletePrefix: (prefix, how) => deletePrefix(inspection, prefix, how),
    inspect: createInspection(inspection),
    verify: async () => {
      if (verifier === null) throw new TypeError("This cache was created without the option `verify`.");
      return verifier.verifyAll();
    },
    mutate: (db, work, how) => mutate(db, () => [], work, how),
    follow: followers.follow,
    history: log.history,
    ready: async () => {
      try {
        await withTimeout(Promise.all([log.attached, connection.whenUsable()]), timings.readyMs);
      } catch (error) {
        if (!(error instanceof TimeoutError)) throw error;
      }
      if (refusal !== null) throw refusal;
      if (report !== null && fingerprints.size > 0 && connection.usable) {
        // The comparison is informational; without Redis there are no old entries to serve.
        await warnOfChanges(connection, keys.definitions, fingerprints, report).catch(() => undefined);
      }
    },
    stats: () => ({
      epoch: fence.known,
      l1Entries: l1.entries,
      l1Bytes: l1.sizeBytes,
      inFlight: flights.size,
      l2: connection.usable ? shared.state : "open",
      logConnected: trust.holds(clock.now(), 0),
      logAgeMs: trust.ageMs(clock.now()),
      problem: connection.problem ?? (trust.holds(clock.now(), 0) ? null : log.problem()) ?? refusal?.message ?? null,
    }),
    close: async () => {
      closing.abort();
      stopWatching();
      stopPublishing();
      await stopHearing?.();
      await sweeper?.close();
      await queue.close();
      await leases.close();
      // Deregisters, so that the fleet does not wait for a lease that is never renewed.
      if (connection.usable) {
        await withTimeout(
          connection.send("HDEL", (redis) => redis.hdel(keys.nodes, instance)),
          timings.redisBudgetMs,
        ).catch(() => undefined);
      }
      await log.close();
      connection.close();
      inspectionRedis.close();
    },
  };
}

type SharedTier = { readonly l2: L2; readonly leases: Leases; readonly state: BreakerState };

type SharedTierOptions = {
  connection: Connection;
  keys: KeyNames;
  clock: MonotonicClock;
  random: () => number;
  timings: CacheTimings;
  onClockMissing: () => void;
};

/** The breaker guards everything that reads and loads ask of Redis. Invalidations have a queue of their own instead. */
function createSharedTier({ connection, keys, clock, random, timings, onClockMissing }: SharedTierOptions): SharedTier {
  const { redisBudgetMs: budgetMs } = timings;
  const breaker = createBreaker({
    clock,
    random,
    openMs: timings.coolDownMs,
    windowMs: timings.breakerWindowMs,
    minAttempts: bounds.minAttempts,
    failureRatio: bounds.failureRatio,
    probes: bounds.probes,
    onChange: (state) => {
      if (channels.cache.hasSubscribers) channels.cache.publish({ type: "breaker", state });
    },
  });
  const request = createL2Requests(connection, breaker);
  return {
    l2: createL2({ request, keys, budgetMs, onClockMissing }),
    leases: createLeases({
      request,
      keys,
      clock,
      nodeTag: randomBytes(nodeTagLength).toString("base64url").slice(0, nodeTagLength),
      leaseMs: timings.loadLeaseMs,
      renewMs: timings.loadRenewMs,
      budgetMs,
    }),
    get state() {
      return breaker.state;
    },
  };
}

/** A definition whose version follows its own source: `1374412` for version 1. */
function renewed<Key, Value>(definition: Definition<Key, Value>): Definition<Key, Value> {
  return { ...definition, version: definition.version * 1_000_000 + fingerprintOf(definition) };
}

/** Compares definitions with those that were last stored, stores them, and reports the ones that kept their version. */
async function warnOfChanges(
  connection: Connection,
  name: string,
  current: ReadonlyMap<string, { version: number; fingerprint: number }>,
  report: (warning: CacheWarning) => void,
): Promise<void> {
  const groups = [...current.keys()];
  const stored = await connection.send("HMGET", (redis) => redis.hmget(name, ...groups));
  const changed: string[] = [];
  for (const [index, [group, { version, fingerprint }]] of [...current].entries()) {
    const before = stored[index];
    if (before === `${version} ${fingerprint}`) continue;
    changed.push(group, `${version} ${fingerprint}`);
    if (before?.startsWith(`${version} `)) report({ code: "DEFINITION_CHANGED", group, version });
  }
  if (changed.length > 0) await connection.send("HSET", (redis) => redis.hset(name, ...changed));
}
