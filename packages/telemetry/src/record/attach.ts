import { randomBytes } from "node:crypto";
import { hostname } from "node:os";
import { withTimeout } from "@weir/core/deadlines";
import type { Redis } from "ioredis";
import { Backlog, SlotStore } from "./slot-writer";
import { CurrentSlot, SlotAccumulator } from "./accumulator";
import { type ProcessSnapshot, takeProcessSnapshot } from "../metrics/catalogue";
import { type NodeSources, type ObservedEngines, resolveSources } from "./node-state";
import { renderPrometheus } from "../metrics/prometheus";
import { recordCache, recordJobs, recordRedis, recordRpc, recordSql, Sampler } from "./recorders";
import { SelfMonitor } from "./self-monitor";
import { StatementTexts } from "./statement-texts";
import { coarseTier, type SlotBytes, slotBytes } from "../store/tiers";

/** Slots that waited for Redis are sent in portions of this size, so that its return is no burst. */
const portionBytes = 1_048_576;

export type TelemetryOptions = ObservedEngines & {
  /** A Redis that evicts nothing: the one that the dashboard reads (`QUEUE_REDIS_URL`). */
  redis: Redis;
  /** Unique in the fleet; several processes may share one, each is counted. Host name, process id and a random part by default. */
  nodeId?: string;
  /** In front of every key; the dashboard's `KEY_PREFIX`, `weir:` by default. */
  keyPrefix?: string;
  /** What the process says of itself, as far as `database` and `cache` do not: its role, its version, its calls in flight. */
  sources?: Partial<NodeSources>;
  /** From 0 to below 1; draws which reads are looked at for the most read tags. */
  random?: () => number;
  /** Wall clock in milliseconds; slots begin at whole multiples of their width. */
  now?: () => number;
  flushEveryMs?: number;
  /** Names per kind and origin with a row of their own; the rest is counted under "(other)". */
  maxSeries?: number;
  /** The most that one slot takes in Redis; the usual size when left out. */
  maxSlotBytes?: SlotBytes;
  /** How long minutes are kept in Redis; three hours when left out. */
  minutesKeepMs?: number;
  /** What may wait in memory while Redis is away. */
  maxBacklogBytes?: number;
  /** The longest that `close()` waits for Redis. */
  closeWithinMs?: number;
};

export type Telemetry = {
  /**
   * Stores all that was recorded so far. Never rejects: what Redis does not take now waits, bounded, for the next flush.
   * Waits as long as the connection takes to answer or to fail.
   */
  flush: () => Promise<void>;
  /** Stops listening and flushes a last time; never rejects, never waits longer than `closeWithinMs`. */
  close: () => Promise<void>;
  /** Messages left out since the process began: not recordable, or given up while Redis was away (once per tier). */
  readonly dropped: number;
  /** This process since it began, all origins. */
  snapshot: () => ProcessSnapshot;
  /** The same in Prometheus' text format, piece by piece, so that nothing is held up for long. */
  prometheus: () => AsyncIterable<string>;
};

const newNodeId = (): string => `${hostname()}-${process.pid}-${randomBytes(2).toString("hex")}`;

/**
 * Listens to the channels and stores what it counts as slots in Redis, once per `flushEveryMs`. A process that is
 * killed loses at most that interval. Observing never waits for Redis.
 */
export function attachTelemetry(options: TelemetryOptions): Telemetry {
  const { redis, nodeId = newNodeId(), keyPrefix = "weir:", now = Date.now, flushEveryMs = 1_000 } = options;
  const { maxSeries = 200, maxBacklogBytes = 8_388_608, closeWithinMs = 2_000, random = Math.random } = options;
  const sources = resolveSources(options, options.sources);
  const { minutesKeepMs = coarseTier.keepMs, maxSlotBytes = slotBytes() } = options;
  const accumulator = new SlotAccumulator({ maxSeries, nowMs: now(), maxSlotBytes });
  const texts = new StatementTexts();
  const incarnation = randomBytes(6).toString("hex");
  const store = new SlotStore({ redis, keyPrefix, nodeId, incarnation, minutesKeepMs });
  let givenUp = 0;
  const backlog = new Backlog({
    maxBytes: maxBacklogBytes,
    minutesKeepMs,
    giveUp: (tier, messages) => {
      givenUp += messages;
      accumulator.giveUp(tier, messages);
    },
  });

  const slot = new CurrentSlot(accumulator, now);
  const current = (endedAtMs?: number) => slot.at(endedAtMs);
  const watch = new SelfMonitor({ current, now, sources, flushEveryMs });
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

  /** Nothing that goes wrong in here may reach the process that is observed (rule T2). */
  const contain = <Result>(work: () => Result): Result | null => {
    try {
      return work();
    } catch {
      watch.add("failedFlushes", 1);
      return null;
    }
  };

  const settle = (stopped = false): void => {
    const beganAtMs = performance.now();
    const nowMs = now();
    const state = contain(() => watch.state());
    const told = state !== null && stopped ? { ...state, stopped } : state;
    const writes = contain(() => accumulator.settle(nowMs, told)) ?? [];
    slot.refresh();
    // A Redis that was wiped has its texts back within a minute.
    if (writes.some((write) => write.final && write.tier === coarseTier)) texts.refresh();
    backlog.put(writes, nowMs);
    watch.add("flushUs", (performance.now() - beganAtMs) * 1e3);
  };
  const send = async (): Promise<void> => {
    const beganAtMs = performance.now();
    const textsJson = texts.take();
    const batch = backlog.batch(portionBytes);
    const writing = store.write(batch, textsJson, now());
    watch.add("flushUs", (performance.now() - beganAtMs) * 1e3);
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
    // A Redis that hangs gets no queue of writes.
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
