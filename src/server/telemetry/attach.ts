import { randomBytes } from "node:crypto";
import type { Redis } from "ioredis";
import { Backlog } from "./backlog";
import { EventLoopGauge } from "./event-loop";
import { Ledger } from "./ledger";
import { renderPrometheus } from "./prometheus";
import { recordCache } from "./recorders/cache";
import { recordRpc } from "./recorders/rpc";
import { recordSql } from "./recorders/sql";
import { SlotStore } from "./slot-store";
import { StatementTexts } from "./statement-texts";
import { coarseTier } from "./tiers";

/** Slots that waited for Redis are sent in portions of this size, so that its return is no burst. */
const portionBytes = 1_048_576;

export type TelemetryOptions = {
  /** Unique in the fleet; several processes may share one, each is counted. */
  nodeId: string;
  /** The Redis of jobs and counters, which evicts nothing. */
  redis: Redis;
  keyPrefix: string;
  /** Wall clock in milliseconds; slots begin at whole multiples of their width. */
  now?: () => number;
  flushEveryMs?: number;
  /** Names per kind and origin with a row of their own; the rest is counted under "(other)". */
  maxSeries?: number;
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
  /** This process since it began, all origins, in Prometheus' text format. */
  prometheus: () => string;
};

/**
 * Listens to the channels and stores what it counts as slots in Redis, once per `flushEveryMs`. A process that is
 * killed loses at most that interval. Observing never waits for Redis.
 */
export function attachTelemetry(options: TelemetryOptions): Telemetry {
  const { nodeId, redis, keyPrefix, now = Date.now, flushEveryMs = 1_000, maxSeries = 200 } = options;
  const { maxBacklogBytes = 8_388_608, closeWithinMs = 2_000 } = options;
  const ledger = new Ledger({ maxSeries, nowMs: now() });
  const texts = new StatementTexts();
  const store = new SlotStore({ redis, keyPrefix, nodeId, incarnation: randomBytes(6).toString("hex") });
  const eventLoop = new EventLoopGauge();
  let givenUp = 0;
  const backlog = new Backlog({
    maxBytes: maxBacklogBytes,
    giveUp: (tier, messages) => {
      givenUp += messages;
      ledger.giveUp(tier, messages);
    },
  });

  const current = () => ledger.at(now());
  const detach = [recordRpc(current), recordCache(current), recordSql(current, texts)];

  const settle = (): void => {
    const nowMs = now();
    const writes = ledger.settle(nowMs);
    // A Redis that was wiped has its texts back within a minute.
    if (writes.some((write) => write.final && write.tier === coarseTier)) texts.refresh();
    backlog.put(writes, nowMs);
  };
  const send = async (): Promise<void> => {
    const textsJson = texts.take();
    const stored = await store.write(backlog.batch(portionBytes), textsJson, now());
    for (const write of stored.slots) backlog.stored(write);
    if (!stored.texts) texts.refresh();
  };

  // One pipeline at a time, so that an older state of a slot never overtakes a newer one.
  let tail: Promise<void> = Promise.resolve();
  let queued = 0;
  const sendInTurn = (): Promise<void> => {
    queued += 1;
    tail = tail.then(send).finally(() => {
      queued -= 1;
    });
    return tail;
  };
  const flush = async (): Promise<void> => {
    settle();
    let before: number;
    do {
      before = backlog.size;
      await sendInTurn();
    } while (backlog.size > 0 && backlog.size < before);
  };

  const timer = setInterval(() => {
    eventLoop.measure();
    settle();
    // A Redis that hangs gets no queue of writes.
    if (queued === 0) void sendInTurn();
  }, flushEveryMs);
  timer.unref();

  let closing: Promise<void> | null = null;
  const close = async (): Promise<void> => {
    clearInterval(timer);
    for (const end of detach) end();
    let deadline: NodeJS.Timeout | undefined;
    const late = new Promise<void>((resolve) => {
      deadline = setTimeout(resolve, closeWithinMs);
    });
    await Promise.race([flush(), late]);
    clearTimeout(deadline);
  };

  return {
    flush,
    close: () => (closing ??= close()),
    get dropped() {
      return ledger.totals().dropped + givenUp;
    },
    prometheus: () => {
      const totals = ledger.totals();
      const dropped = totals.dropped + givenUp;
      const { utilisation: eventLoopUtilisation } = eventLoop;
      return renderPrometheus({ totals, dropped, eventLoopUtilisation, memory: process.memoryUsage() });
    },
  };
}
