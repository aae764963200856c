import { randomBytes } from "node:crypto";
import { hostname } from "node:os";
import { withTimeout } from "@weir/core/deadlines";
import { checkTimerMs } from "@weir/core/timers";
import { createSharedClock, maxClockSkewMs, type SharedClock } from "@weir/core/shared-clock";
import type { Redis } from "ioredis";
import { Backlog, SlotStore } from "./slot-writer";
import { CurrentSlot, SlotAccumulator, type SlotWrite } from "./accumulator";
import { type ProcessSnapshot, takeProcessSnapshot } from "../metrics/catalogue";
import { type NodeSources, type ObservedEngines, resolveSources } from "./node-state";
import { renderPrometheus } from "../metrics/prometheus";
import { recordCache, recordJobs, recordRedis, recordRpc, recordSql, Sampler } from "./recorders";
import { SelfMonitor } from "./self-monitor";
import { StatementTexts } from "./statement-texts";
import { coarseTier, type SlotBytes, slotBytes, textsKeepMs, type Tier } from "../store/tiers";

/** Backlogged slots are sent in chunks of this size, so that Redis is not flooded when it returns. */
const portionBytes = 1_048_576;

export type TelemetryOptions = ObservedEngines & {
  /** A Redis without eviction: the one the dashboard reads (`QUEUE_REDIS_URL`). */
  redis: Redis;
  /** Node ID. Processes may share one; each is counted separately. Default: host name, process ID and a random suffix. */
  nodeId?: string;
  /** Prefix of every key; must match the dashboard's `KEY_PREFIX`. Default: `weir:`. */
  keyPrefix?: string;
  /** Additional process state not covered by `database` and `cache`: role, version, calls in flight. */
  sources?: Partial<NodeSources>;
  /** From 0 to below 1; selects the reads sampled for the most-read tags. */
  random?: () => number;
  /**
   * The clock that dates slots. By default this node's own, compared with that of Redis once a minute: while the two
   * disagree, nothing is written, and what was recorded counts as dropped.
   */
  clock?: SharedClock;
  /** Wall clock in milliseconds, trusted as it is; slots start at whole multiples of their width. Default: `clock`. */
  now?: () => number;
  flushEveryMs?: number;
  /** Maximum names per kind and origin; the rest is counted under "(other)". */
  maxSeries?: number;
  /** Maximum size of one slot in Redis; has a default. */
  maxSlotBytes?: SlotBytes;
  /** How long minutes are kept in Redis. Default: three hours. */
  minutesKeepMs?: number;
  /** Maximum memory for slots waiting while Redis is unavailable. */
  maxBacklogBytes?: number;
  /** Maximum time that `close()` waits for Redis. */
  closeWithinMs?: number;
};

export type Telemetry = {
  /**
   * Stores everything recorded so far. Never rejects: slots that Redis does not accept wait for the next flush, within a
   * memory limit. Waits until the connection responds or fails.
   */
  flush: () => Promise<void>;
  /** Stops listening and flushes one last time. Never rejects, never waits longer than `closeWithinMs`. */
  close: () => Promise<void>;
  /** Messages lost since the process started: not recordable, or dropped while Redis was unavailable (counted per tier). */
  readonly dropped: number;
  /** Counts of this process since it started, all origins. */
  snapshot: () => ProcessSnapshot;
  /** The same in Prometheus text format, in chunks, so that the event loop is not blocked. */
  prometheus: () => AsyncIterable<string>;
};

const newNodeId = (): string => `${hostname()}-${process.pid}-${randomBytes(2).toString("hex")}`;

/**
 * Subscribes to the channels and stores the counts as slots in Redis, once per `flushEveryMs`. A killed process loses
 * at most that interval. Recording never waits for Redis.
 *
 * @throws RangeError for an interval that no timer can keep
 */
export function attachTelemetry(options: TelemetryOptions): Telemetry {
  const { redis, nodeId = newNodeId(), keyPrefix = "weir:", flushEveryMs = 1_000 } = options;
  const clock = options.clock ?? createSharedClock();
  const { now = clock.now } = options;
  const { maxSeries = 200, maxBacklogBytes = 8_388_608, closeWithinMs = 2_000, random = Math.random } = options;
  checkTimerMs("flushEveryMs", flushEveryMs);
  checkTimerMs("closeWithinMs", closeWithinMs);
  const sources = resolveSources(options, options.sources);
  const { minutesKeepMs = coarseTier.keepMs, maxSlotBytes = slotBytes() } = options;
  checkTimerMs("minutesKeepMs", minutesKeepMs);
  const accumulator = new SlotAccumulator({ maxSeries, nowMs: now(), maxSlotBytes });
  const texts = new StatementTexts();
  const incarnation = randomBytes(6).toString("hex");
  const store = new SlotStore({ redis, keyPrefix, nodeId, incarnation, minutesKeepMs });
  let givenUp = 0;
  const giveUp = (tier: Tier, messages: number): void => {
    givenUp += messages;
    accumulator.giveUp(tier, messages);
  };
  const backlog = new Backlog({ maxBytes: maxBacklogBytes, minutesKeepMs, giveUp });

  const slot = new CurrentSlot(accumulator, now);
  const current = (endedAtMs?: number) => slot.at(endedAtMs);
  const guard = createDateGuard({ clock, redis, isTrusted: options.now !== undefined });
  const watch = new SelfMonitor({ current, now, clock, sources, flushEveryMs });
  /** True for a slot with a wrong date, which is given up. A running slot comes again, with everything it counted. */
  const refuse = (write: SlotWrite): boolean => {
    if (!guard.refuses(write)) return false;
    if (write.final) giveUp(write.tier, write.messages);
    return true;
  };
  const sampler = new Sampler(random);
  const detach = [
    recordRpc(current),
    recordCache(current, sampler),
    recordSql(current, texts),
    recordRedis(current),
    recordJobs(current),
  ];

  const dropped = (): number => accumulator.counts().dropped + givenUp;
  let seen = { recorded: 0, dropped: 0 };
  const tick = (): void => {
    const { recorded } = accumulator.counts();
    sampler.turn();
    watch.tick(recorded - seen.recorded);
    watch.add("dropped", dropped() - seen.dropped);
    seen = { recorded, dropped: dropped() };
  };

  /** Errors here must not reach the observed process (rule T2). */
  const contain = <Result>(work: () => Result): Result | null => {
    try {
      return work();
    } catch {
      watch.add("failedFlushes", 1);
      return null;
    }
  };

  const settle = (stopped = false): void => {
    const startMs = performance.now();
    const nowMs = now();
    const state = contain(() => watch.state());
    const reported = state !== null && stopped ? { ...state, stopped } : state;
    const writes = contain(() => accumulator.settle(nowMs, reported)) ?? [];
    slot.refresh();
    // Restores the texts within a minute after Redis is wiped.
    if (writes.some((write) => write.final && write.tier === coarseTier)) texts.refresh();
    backlog.put(
      writes.filter((write) => !refuse(write)),
      nowMs,
    );
    watch.add("flushUs", (performance.now() - startMs) * 1e3);
  };
  const send = async (): Promise<void> => {
    await guard.check();
    // The clocks may not have been compared when these slots ended.
    for (const write of backlog.batch(Number.POSITIVE_INFINITY)) if (refuse(write)) backlog.stored(write);
    const startMs = performance.now();
    const textsJson = texts.take();
    const batch = backlog.batch(portionBytes);
    const writing = store.write(batch, textsJson, now());
    watch.add("flushUs", (performance.now() - startMs) * 1e3);
    const stored = await writing;
    watch.sent(stored, batch.length, textsJson);
    for (const write of stored.slots) backlog.stored(write);
    if (!stored.texts) texts.refresh();
  };

  // One pipeline at a time, so that an older state of a slot never overtakes a newer one.
  let tail: Promise<void> = Promise.resolve();
  let queued = 0;
  const sendInTurn = (): Promise<void> => {
    queued += 1;
    tail = tail
      .then(send)
      .catch(() => watch.add("failedFlushes", 1))
      .finally(() => {
        queued -= 1;
      });
    return tail;
  };
  const flush = async (stopped = false): Promise<void> => {
    contain(() => settle(stopped));
    let before: number;
    do {
      before = backlog.size;
      await sendInTurn();
    } while (backlog.size > 0 && backlog.size < before);
  };

  const timer = setInterval(() => {
    contain(tick);
    contain(() => settle());
    // Does not queue writes on an unresponsive Redis.
    if (queued === 0) void sendInTurn();
  }, flushEveryMs);
  timer.unref();

  const snapshot = (): ProcessSnapshot => {
    const totals = accumulator.totals();
    return takeProcessSnapshot({ totals, dropped: totals.dropped + givenUp, state: watch.state() });
  };

  let closing: Promise<void> | null = null;
  const close = async (): Promise<void> => {
    clearInterval(timer);
    for (const end of detach) end();
    await withTimeout(flush(true), closeWithinMs).catch(() => undefined);
    watch.close();
  };

  return {
    flush: () => flush(),
    close: () => (closing ??= close()),
    get dropped() {
      return dropped();
    },
    snapshot,
    prometheus: () => renderPrometheus(snapshot()),
  };
}

/** How often the clock of Redis is read while clocks agree. */
const checkEveryMs = 60_000;

type DateGuard = {
  /** Compares the clocks when it is time. Rejects if Redis does not respond. */
  check: () => Promise<void>;
  /** Whether a slot must not be written: it lies in the future or before all that is kept, or no two clocks agree. */
  refuses: (write: { startMs: number }) => boolean;
};

/** Keeps slots with a wrong date out of the store, where they would hide and remove those of other nodes. */
function createDateGuard(options: { clock: SharedClock; redis: Redis; isTrusted: boolean }): DateGuard {
  const { clock, redis, isTrusted } = options;
  let checkedAtMs = Number.NEGATIVE_INFINITY;
  return {
    check: async () => {
      const isDue = clock.status().state !== "agreed" || performance.now() - checkedAtMs >= checkEveryMs;
      if (isTrusted || !isDue) return;
      const sentAtMs = performance.now();
      const [seconds, microseconds] = await redis.time();
      const receivedAtMs = performance.now();
      checkedAtMs = receivedAtMs;
      clock.observe("redis", {
        sentAtMs,
        receivedAtMs,
        serverMs: Number(seconds) * 1_000 + Number(microseconds) / 1_000,
      });
    },
    refuses: ({ startMs }) => {
      if (isTrusted) return false;
      const aheadMs = startMs - clock.now();
      return clock.status().state === "disputed" || aheadMs > maxClockSkewMs || aheadMs < -2 * textsKeepMs;
    },
  };
}
