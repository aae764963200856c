import { randomUUID } from "node:crypto";
import { setMaxListeners } from "node:events";
import { runOutsideScope } from "@weir/core/scope";
import { createAttach } from "./attach";
import { openConnection } from "./connection";
import { createDeadlines } from "./deadlines";
import type { Engine } from "./engine";
import { createFence } from "./fence";
import { createFleetConfirmation } from "./fleet";
import { createReads } from "./group";
import { createHotKeys } from "./hot-keys/hot-keys";
import { tellHotKeys } from "./hot-keys/tell";
import { deletePrefix } from "./inspect/delete-prefix";
import { createInspection } from "./inspect/inspection";
import { createInspectionRedis } from "./inspect/inspection-redis";
import { previewInvalidation } from "./inspect/preview";
import type { InspectionTools } from "./inspect/tools";
import { createInvalidate, invalidateHere, invalidateMarks, type InvalidateTools, takeReply } from "./invalidate";
import { createInvalidationQueue } from "./invalidation-queue";
import { createL1 } from "./l1";
import { openLog } from "./log";
import { createLogFollowers } from "./log-followers";
import { ClusterModeError, MemoryPolicyError } from "./errors";
import { createMutate } from "./mutate";
import { keyNames } from "./names";
import { bounds, type CacheOptions, defaultTimings } from "./options";
import { gatherLoads } from "./gather-loads";
import { type GroupFacts, planOf } from "./plan";
import { createRedisTime } from "./redis-time";
import { createRefreshes } from "./refresh";
import { readScripts } from "./scripts";
import { createSender } from "./sender";
import { settleWithin, TookTooLong } from "./settle-within";
import { createSharedTier } from "./shared-tier";
import { createSingleFlight } from "./single-flight";
import { watchSuspension } from "./suspension";
import { createSweeper } from "./sweeper";
import { createTrust } from "./trust";
import type { Cache } from "./types";
import { createWithinMutation } from "./within-mutation";

/**
 * A cache of two tiers, this process's memory and Redis, that serves nothing old after an invalidation (docs/architecture.md).
 * Opens two connections: one for reads and invalidations, one that follows the log. An unreachable Redis fails neither
 * this call nor any read. Several caches may live in one process; each is a node of its own.
 *
 * Outside that guarantee (rule C1): a split brain of Redis; definitions that chose `outage: { serveFor }`; and a machine
 * that was suspended as a whole. Its monotonic clock stood still, so on waking it still trusts its memory: the node
 * notices within a quarter of a second and answers nothing from memory until it has followed the log again.
 *
 * Not for a Redis in cluster mode, which `ready` refuses: every script keeps to one slot for one key, but what is asked for
 * together, by MGET and by the scripts of leases, is not split by slots, and the run id would be any node's.
 */
export function createCache<Db = never, Tx = never>(options: CacheOptions<Db, Tx>): Cache<Db, Tx> {
  const { redis: source, nodeId, keyPrefix, outbox, disable, random = Math.random, wallClock = Date } = options;
  const timings = { ...defaultTimings, ...options.timings };
  const clock = options.clock ?? performance;
  const instance = `${nodeId}/${randomUUID()}`;
  const keys = keyNames(keyPrefix);
  const sharesLoads = disable?.has("single-flight") !== true;
  const closing = new AbortController();
  // As many as there are loads that listen.
  setMaxListeners(0, closing.signal);
  const groups = new Map<string, GroupFacts>();
  let refusal: Error | null = null;
  let restoring = false;

  const fence = createFence({ mostMarks: bounds.localMarks });
  const trust = createTrust(timings.trustMs);
  const redisTime = createRedisTime();
  const deadlines = createDeadlines();
  const withinMutation = createWithinMutation();
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
      // The log will begin anew in a moment; until then this node's memory speaks of a past that is void.
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
    ask: connection.send,
    instance,
    ...timings,
  });

  const endWatch = watchSuspension({
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
  const endTelling = tellHotKeys({ hot, connection, key: keys.hot(instance), everyMs: timings.hotKeysMs });
  const shared = createSharedTier({ connection, keys, clock, random, timings, onClockMissing: restoreClock });
  const { l2, leases } = shared;
  const flights = createSingleFlight({
    fence,
    longestMs: timings.longestFlightMs,
    enabled: sharesLoads,
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
    refreshes: createRefreshes({ most: bounds.refreshes }),
    withinMutation,
    leases,
    isSharing: () => connection.usable && shared.state === "closed",
    usesLeases: sharesLoads,
    plainLetters: bounds.plainLetters,
    loadWaitMs: timings.loadWaitMs,
    restMs: { least: timings.restMs, most: timings.longestRestMs },
    redisBudgetMs: timings.redisBudgetMs,
    longestFlightMs: timings.longestFlightMs,
    closing: closing.signal,
  };

  const send = createSender({
    connection,
    attach,
    keys,
    instance,
    logLength: bounds.logLength,
    mostMarks: bounds.remoteMarks,
    budgetMs: timings.invalidationBudgetMs,
  });
  const queue = createInvalidationQueue({
    send,
    fence,
    retryMs: timings.retryMs,
    most: bounds.queuedMarks,
    random,
    onApplied: (invalidation) => takeReply(fence, invalidation),
  });
  const confirmFleet = createFleetConfirmation({
    connection,
    keys,
    clock,
    instance,
    leaseMs: timings.leaseMs,
    waitMs: timings.fleetWaitMs,
  });
  const tools: InvalidateTools = { fence, send, queue, confirmFleet };
  const invalidate = createInvalidate(tools);
  const sweeper =
    outbox === undefined
      ? undefined
      : createSweeper({
          pending: outbox.pending,
          settle: outbox.settle,
          fire: async (tags, mode) => (await invalidateHere(tools, { tags }, mode)) !== null,
          isBlocked: () => !queue.isEmpty,
          everyMs: timings.sweepMs,
          random,
        });

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

  return {
    define: (definition) => {
      const gathers = disable?.has("batching") !== true;
      const plan = planOf(gathers ? gatherLoads(definition) : definition);
      if (groups.has(plan.group)) throw new RangeError(`The group ${plan.group} is defined already.`);
      groups.set(plan.group, plan);
      const reads = createReads(engine, plan);
      return {
        name: plan.group,
        ...reads,
        entry: (key) => ({ group: plan.group, live: () => reads.live(key), get: () => reads.get(key) }),
        invalidate: (key, how) => invalidate({ keys: [{ group: plan.group, key: definition.key(key) }] }, how),
      };
    },
    invalidate,
    preview: (target, how) => previewInvalidation(inspection, target, how),
    deletePrefix: (prefix, how) => deletePrefix(inspection, prefix, how),
    inspect: createInspection(inspection),
    mutate: createMutate({ ...tools, outbox, sweeper, withinMutation }),
    follow: followers.follow,
    history: log.history,
    ready: async () => {
      try {
        await settleWithin(Promise.all([log.attached, connection.whenUsable()]), timings.readyMs);
      } catch (error) {
        if (!(error instanceof TookTooLong)) throw error;
      }
      if (refusal !== null) throw refusal;
    },
    stats: () => ({
      epoch: fence.known,
      l1Entries: l1.entries,
      l1Bytes: l1.sizeBytes,
      inFlight: flights.size,
      l2: shared.state,
      logConnected: trust.holds(clock.now(), 0),
      logAgeMs: trust.ageMs(clock.now()),
    }),
    close: async () => {
      closing.abort();
      endWatch();
      endTelling();
      await sweeper?.close();
      await queue.close();
      await leases.close();
      // The fleet need not wait for a lease that nobody will renew.
      if (connection.usable) {
        await settleWithin(
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
