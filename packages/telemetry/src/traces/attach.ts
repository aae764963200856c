import { withTimeout } from "@weir/core/deadlines";
import { checkTimerMs } from "@weir/core/timers";
import type { Redis } from "ioredis";
import type { Trace } from "./types";
import { minRepeats } from "@weir/core/repeats";
import { channels, type ObserverCounter } from "@weir/core/channels";
import { createSharedClock, type SharedClock } from "@weir/core/shared-clock";
import { runOutsideScope } from "@weir/core/scope";
import { type Candidate, Keeper } from "./keeper";
import { listen, RecordingPool } from "./recording";
import { append, Outbox, type Ring } from "./ring";
import { TraceEncoder } from "./trace-codec";
import { buildTrace } from "./tree";

/** Maximum size of one command. */
const commandBytes = 524_288;
/** Maximum traces built per flush, so that the event loop is not blocked; the rest waits for the next flush. */
const maxPerFlush = 200;
/** Maximum requests waiting to be built. */
const maxWaiting = 1_024;
const minuteMs = 60_000;

export type TracesOptions = {
  nodeId: string;
  /** The Redis for jobs and counters, without eviction. */
  redis: Redis;
  keyPrefix: string;
  /** Maximum size of all traces of all nodes in Redis. */
  ringBytes?: number;
  /** Share of all requests kept as a random sample, 0 to 1. */
  sampleRatio?: number;
  flushEveryMs?: number;
  /** Maximum memory for traces waiting while Redis is unavailable. */
  maxBacklogBytes?: number;
  closeWithinMs?: number;
  /** The clock that dates traces; while no two clocks agree, traces are dropped. Default: this node's own. */
  clock?: SharedClock;
  /** Wall clock in milliseconds. Default: `clock`. */
  now?: () => number;
  random?: () => number;
};

export type Traces = {
  /**
   * Builds and stores the selected traces; `endMinute` also ends the current minute. Never rejects: traces that Redis
   * does not accept wait for the next flush, within a memory limit.
   */
  flush: (options?: { endMinute?: boolean }) => Promise<void>;
  /**
   * Receives each kept trace as plain data that the listener may keep, within a second or when its minute ends, and each
   * trace that only the caller records (`kinds` is empty) while at least one listener is registered. A listener that
   * throws is counted and still receives later traces. Returns the unsubscribe function.
   */
  onTrace: (listener: (trace: Trace) => void) => () => void;
  readonly counts: {
    /** Passed to the ring since the process started. */
    readonly kept: number;
    /** Dropped because memory was full or Redis failed. */
    readonly dropped: number;
    /** Recordings in use: requests in flight, and candidates waiting for the end of their minute. */
    readonly recording: number;
  };
  /** Stops listening, ends the minute and stores its traces. Never rejects, never waits longer than `closeWithinMs`. */
  close: () => Promise<void>;
};

/**
 * Records each request and keeps the traces worth keeping in a ring in Redis that every node can read. Use one tracer
 * per process: with several, the one attached first records each request.
 */
export function attachTraces(options: TracesOptions): Traces {
  const { nodeId, redis, keyPrefix, ringBytes = 16_777_216, sampleRatio = 0.01 } = options;
  const { flushEveryMs = 1_000, maxBacklogBytes = 2_097_152, closeWithinMs = 2_000 } = options;
  checkTimerMs("flushEveryMs", flushEveryMs);
  checkTimerMs("closeWithinMs", closeWithinMs);
  const { clock = createSharedClock(), random = Math.random } = options;
  const { now = clock.now } = options;
  const pool = new RecordingPool();
  const encoder = new TraceEncoder();
  const outbox = new Outbox(maxBacklogBytes);
  const listeners = new Set<(trace: Trace) => void>();
  const waiting: Candidate[] = [];
  let kept = 0;
  let dropped = 0;
  let minute = Math.floor(now() / minuteMs);

  const count = (counter: ObserverCounter, value: number): void => {
    if (value > 0) channels.observer.publish({ counter, value });
  };
  const drop = (traces: number): void => {
    dropped += traces;
    count("tracesDropped", traces);
  };

  const keeper = new Keeper({
    sampleRatio,
    random,
    now,
    minRepeats,
    wantsSampledByCaller: () => listeners.size > 0,
    keep: (candidate) => {
      if (waiting.length < maxWaiting) return void waiting.push(candidate);
      pool.give(candidate.recording);
      drop(1);
    },
    release: (recording) => pool.give(recording),
  });
  const detach = listen({
    pool,
    onEnd: (recording, ended) => keeper.ended(recording, ended),
  });

  /** Errors here must not reach the observed process (rule T2). */
  function contain<Result>(work: () => Result, otherwise: Result): Result {
    try {
      return work();
    } catch {
      count("failedFlushes", 1);
      return otherwise;
    }
  }

  function tell(trace: Trace): void {
    for (const listener of listeners) {
      try {
        listener(trace);
      } catch {
        count("listenerFailures", 1);
      }
    }
  }

  function build(candidate: Candidate): void {
    try {
      const trace = buildTrace(candidate, nodeId);
      const isStored = trace.kinds.length > 0;
      if (isStored) {
        const ring: Ring = trace.kinds.some((kind) => kind !== "sampled") ? "kept" : "sampled";
        drop(outbox.put({ ring, ...encoder.encode(trace) }));
        kept += 1;
        count("tracesKept", 1);
      }
      if (isStored || candidate.isForCaller) tell(trace);
    } catch {
      drop(1);
    } finally {
      pool.give(candidate.recording);
    }
  }

  /** False when there is more to build. */
  function buildSome(): boolean {
    const startMs = performance.now();
    const some = waiting.splice(0, maxPerFlush);
    const isDated = clock.status().state !== "disputed";
    for (const candidate of some) {
      if (isDated) build(candidate);
      else {
        pool.give(candidate.recording);
        drop(1);
      }
    }
    if (some.length > 0) count("traceUs", Math.round((performance.now() - startMs) * 1_000));
    return waiting.length === 0;
  }

  /** Sends one command. False when there is nothing more to send or the write failed. */
  async function send(): Promise<boolean> {
    const batch = outbox.batch(commandBytes);
    if (batch.length === 0) return false;
    count("commands", 1);
    try {
      await append({ redis, keyPrefix, ringBytes }, batch);
    } catch {
      count("failedWrites", 1);
      return false;
    }
    count(
      "traceBytes",
      batch.reduce((sum, { summary, body }) => sum + summary.length + body.length, 0),
    );
    outbox.stored(batch);
    return outbox.size > 0;
  }

  // One command at a time.
  let tail: Promise<unknown> = Promise.resolve();
  let queued = 0;
  function sendInTurn(): Promise<boolean> {
    queued += 1;
    const sent = tail
      .then(send)
      .catch(() => {
        count("failedFlushes", 1);
        return false;
      })
      .finally(() => {
        queued -= 1;
      });
    tail = sent;
    return sent;
  }

  function turn(): void {
    const current = Math.floor(now() / minuteMs);
    if (current === minute) return;
    minute = current;
    keeper.turn();
  }

  const timer = runOutsideScope(() =>
    setInterval(() => {
      contain(turn, undefined);
      contain(buildSome, true);
      // Does not queue writes on an unresponsive Redis.
      if (queued === 0) void sendInTurn();
    }, flushEveryMs),
  );
  timer.unref();

  async function flush({ endMinute = false } = {}): Promise<void> {
    contain(endMinute ? () => keeper.turn() : turn, undefined);
    while (!contain(buildSome, true)) await new Promise<void>((resolve) => setImmediate(resolve));
    while (await sendInTurn());
  }

  let closing: Promise<void> | null = null;
  async function close(): Promise<void> {
    clearInterval(timer);
    detach();
    await withTimeout(flush({ endMinute: true }), closeWithinMs).catch(() => undefined);
  }

  return {
    flush,
    onTrace: (listener) => {
      listeners.add(listener);
      return () => void listeners.delete(listener);
    },
    counts: {
      get kept() {
        return kept;
      },
      get dropped() {
        return dropped;
      },
      get recording() {
        return pool.inUse;
      },
    },
    close: () => (closing ??= close()),
  };
}
