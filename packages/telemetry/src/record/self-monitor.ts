import {
  constants,
  type IntervalHistogram,
  monitorEventLoopDelay,
  performance,
  PerformanceObserver,
} from "node:perf_hooks";
import type { SharedClock } from "@weir/core/shared-clock";
import { channels, listenerFailures, type ObserverCounter } from "@weir/core/channels";
import { MetricSnapshot } from "../store/snapshot";
import type { SlotWrite } from "./accumulator";
import type { NodeSources, NodeState } from "./node-state";
import type { ObserverSeries } from "../series/observer";
import { fineTier } from "../store/tiers";
import type { Histogram } from "@weir/core/sketches/histogram";
import type { GcKind, ProcessSample } from "../series/process";

/** Ticks between two measurements of the recording cost. */
const ticksPerMeasure = 60;

export type SelfMonitorOptions = {
  /** The snapshot to count into now. */
  current: () => MetricSnapshot;
  now: () => number;
  clock: SharedClock;
  sources: NodeSources;
  flushEveryMs: number;
};

/** Samples this process once per flush and tracks the cost and losses of telemetry. */
export class SelfMonitor {
  readonly #options: SelfMonitorOptions;
  readonly #gauge: ProcessGauge;
  readonly #cost: RecordingCost;
  readonly #endObserver: () => void;
  #load: ReturnType<NodeSources["pool"]>;
  #tickedAtMs = performance.now();
  #ticks = 0;
  #failures = listenerFailures();

  constructor(options: SelfMonitorOptions) {
    this.#options = options;
    this.#gauge = new ProcessGauge((kind, durationMs) => this.#process().recordGc(kind, durationMs));
    this.#cost = new RecordingCost(options.now);
    this.#load = options.sources.pool();
    this.#endObserver = channels.observer.subscribe(({ counter, value }) => this.add(counter, value));
  }

  add(counter: ObserverCounter, value: number): void {
    this.#observer().add(counter, value);
  }

  /** Samples the process and its pool. `messages` is the number recorded since the last call. */
  tick(messages: number): void {
    if (this.#ticks % ticksPerMeasure === 0) this.#cost.measure();
    this.#ticks += 1;
    const nowMs = performance.now();
    const { pool } = this.#options.sources;
    this.#load = pool();
    const { tables } = this.#options.current();
    const process = this.#process();
    process.record(this.#gauge.measure(process.loopDelays));
    if (this.#load.max > 0) {
      const longestHeldMs = this.#load.longest?.heldMs ?? 0;
      tables.pool.at("job", "database").record({ ...this.#load, longestHeldMs });
    }
    const failures = listenerFailures();
    this.add("flushes", 1);
    this.add("elapsedUs", (nowMs - this.#tickedAtMs) * 1e3);
    this.add("messages", messages);
    this.add("recordUs", messages * this.#cost.messageUs);
    this.add("listenerFailures", failures - this.#failures);
    this.#tickedAtMs = nowMs;
    this.#failures = failures;
  }

  /** Counts what one pipeline stored in Redis, or failed to store. */
  sent(
    stored: { slots: readonly SlotWrite[]; texts: boolean; commands: number },
    tried: number,
    textsJson: string | null,
  ) {
    const { now, flushEveryMs } = this.#options;
    const nowMs = now();
    this.add("commands", stored.commands);
    this.add("failedWrites", tried - stored.slots.length);
    if (textsJson !== null && stored.texts) this.add("textBytes", Buffer.byteLength(textsJson));
    for (const { tier, blob, summary, startMs, final } of stored.slots) {
      this.add(tier === fineTier ? "fineBytes" : "coarseBytes", blob.length + summary.length);
      // The flush that completes a slot comes up to one interval after the slot ends; this one was later.
      if (final && nowMs > startMs + tier.widthMs + 2 * flushEveryMs) this.add("slotsLate", 1);
    }
  }

  /** The state of this process. */
  state(): NodeState {
    const { role, version, startedAtMs, breakers, cache, callsInFlight } = this.#options.sources;
    const { inUse, queued, max, longest } = this.#load;
    return {
      role,
      version,
      pid: process.pid,
      startedAtMs,
      callsInFlight: callsInFlight(),
      pool: { inUse, queued, max, longest },
      redis: breakers(),
      cache: cache(),
      rssBytes: process.memoryUsage.rss(),
      loopUtilisation: this.#gauge.utilisation,
      loopDelayP99Ms: this.#gauge.delayP99Ms,
      clockSkewMs: this.#options.clock.status().skewMs,
    };
  }

  close(): void {
    this.#endObserver();
    this.#gauge.close();
  }

  #observer(): ObserverSeries {
    return this.#options.current().tables.observer.at("job", "observer");
  }

  #process() {
    return this.#options.current().tables.process.at("job", "process");
  }
}

const resolutionMs = 20;
/** Delay samples per interval; shorter intervals than a second have fewer. */
const maxDelays = 64;

const gcKinds = new Map<number, GcKind>([
  [constants.NODE_PERFORMANCE_GC_MINOR, "minor"],
  [constants.NODE_PERFORMANCE_GC_MAJOR, "major"],
  [constants.NODE_PERFORMANCE_GC_INCREMENTAL, "incremental"],
  [constants.NODE_PERFORMANCE_GC_WEAKCB, "weak"],
]);

function kindOf(entry: object): GcKind {
  const detail: unknown = "detail" in entry ? entry.detail : undefined;
  const kind = typeof detail === "object" && detail !== null && "kind" in detail ? detail.kind : undefined;
  return (typeof kind === "number" ? gcKinds.get(kind) : undefined) ?? "incremental";
}

/**
 * Measures this process between two calls, because averages since startup hide current behaviour: event loop, CPU,
 * memory and garbage collections.
 */
export class ProcessGauge {
  readonly #delays: IntervalHistogram = monitorEventLoopDelay({ resolution: resolutionMs });
  readonly #gc: PerformanceObserver;
  #loop = performance.eventLoopUtilization();
  #cpu = process.cpuUsage();
  #sinceMs = performance.now();
  /** Event loop utilisation over the last interval, 0 to 1. */
  utilisation = 0;
  /** 99th percentile of the delay over the last interval; null without samples. */
  delayP99Ms: number | null = null;

  /** `onGc` is called for each garbage collection, with a short delay. */
  constructor(onGc: (kind: GcKind, durationMs: number) => void) {
    this.#delays.enable();
    this.#gc = new PerformanceObserver((list) => {
      for (const entry of list.getEntries()) onGc(kindOf(entry), entry.duration);
    });
    this.#gc.observe({ entryTypes: ["gc"] });
  }

  /** Ends an interval and starts the next one. Adds the event loop delay to `delays`. */
  measure(delays: Histogram): ProcessSample {
    const nowMs = performance.now();
    const loop = performance.eventLoopUtilization();
    const cpu = process.cpuUsage();
    const spent = process.cpuUsage(this.#cpu);
    const { rss, heapUsed, external } = process.memoryUsage();
    const sample = {
      elapsedMs: nowMs - this.#sinceMs,
      utilisation: performance.eventLoopUtilization(loop, this.#loop).utilization,
      cpuMs: (spent.user + spent.system) / 1e3,
      rssBytes: rss,
      heapUsedBytes: heapUsed,
      externalBytes: external,
    };
    this.#sinceMs = nowMs;
    this.#loop = loop;
    this.#cpu = cpu;
    this.utilisation = sample.utilisation;
    this.#takeDelays(delays);
    return sample;
  }

  close(): void {
    this.#delays.disable();
    this.#gc.disconnect();
  }

  /** Node exposes only quantiles: as many quantiles as there were samples reproduce the samples. */
  #takeDelays(delays: Histogram): void {
    const count = Math.min(this.#delays.count, maxDelays);
    for (let rank = 1; rank <= count; rank += 1) delays.record(this.#delayAt((100 * rank) / count));
    this.delayP99Ms = count === 0 ? null : this.#delayAt(99);
    this.#delays.reset();
  }

  /** Node measures the distance between two timers that should be `resolutionMs` apart. */
  #delayAt(percentile: number): number {
    return Math.max(0, this.#delays.percentile(percentile) / 1e6 - resolutionMs);
  }
}

const runs = 200;
/** Weight of a new measurement in the average: a single measurement on a busy machine is unreliable. */
const weight = 0.2;

/**
 * Estimates what counting one message costs. A message is too short to time individually: reading the clock twice
 * costs more. So a few hundred are counted into a separate snapshot from time to time.
 */
export class RecordingCost {
  readonly #snapshot = new MetricSnapshot(10);
  readonly #now: () => number;
  #messageUs: number | null = null;

  /** `now`: the clock that each message reads. */
  constructor(now: () => number) {
    this.#now = now;
  }

  /** Microseconds per message. */
  get messageUs(): number {
    return this.#messageUs ?? 0;
  }

  measure(): void {
    const { rpc, cache } = this.#snapshot.tables;
    const startMs = performance.now();
    for (let run = 0; run < runs; run += 1) {
      this.#now();
      rpc.at("app", "measured").record({ procedure: "", type: "query", durationMs: run, ok: true, errorCode: null });
      this.#now();
      const read = { type: "read", group: "", outcome: "hit", tier: "l1", durationMs: run, loadMs: null } as const;
      cache.at("app", "measured").record(read);
    }
    const tookUs = ((performance.now() - startMs) * 1e3) / (2 * runs);
    this.#messageUs = this.#messageUs === null ? tookUs : this.#messageUs + weight * (tookUs - this.#messageUs);
    this.#snapshot.reset();
  }
}
