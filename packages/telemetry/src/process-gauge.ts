import {
  constants,
  type IntervalHistogram,
  monitorEventLoopDelay,
  performance,
  PerformanceObserver,
} from "node:perf_hooks";
import type { Histogram } from "@weir/core/sketches/histogram";
import type { GcKind, ProcessSample } from "./series/process-series";

const resolutionMs = 20;
/** Of the delays of one interval; more often than once a second there are fewer. */
const mostDelays = 64;

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
 * Measures this process between two calls, because a figure since the start hides what happens now: its event loop, CPU,
 * memory and garbage collections.
 */
export class ProcessGauge {
  readonly #delays: IntervalHistogram = monitorEventLoopDelay({ resolution: resolutionMs });
  readonly #gc: PerformanceObserver;
  #loop = performance.eventLoopUtilization();
  #cpu = process.cpuUsage();
  #sinceMs = performance.now();
  /** Busy share of the last interval, 0 to 1. */
  utilisation = 0;
  /** 99 of 100 samples of the last interval were this late, or less; null without samples. */
  delayP99Ms: number | null = null;

  /** `onGc` hears of each garbage collection, a little later. */
  constructor(onGc: (kind: GcKind, durationMs: number) => void) {
    this.#delays.enable();
    this.#gc = new PerformanceObserver((list) => {
      for (const entry of list.getEntries()) onGc(kindOf(entry), entry.duration);
    });
    this.#gc.observe({ entryTypes: ["gc"] });
  }

  /** Ends an interval and begins the next one. How late the event loop was goes to `delays`. */
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

  /** Node tells quantiles only: as many of them as there were samples are the samples. */
  #takeDelays(delays: Histogram): void {
    const count = Math.min(this.#delays.count, mostDelays);
    for (let rank = 1; rank <= count; rank += 1) delays.record(this.#delayAt((100 * rank) / count));
    this.delayP99Ms = count === 0 ? null : this.#delayAt(99);
    this.#delays.reset();
  }

  /** What it measures is the distance between two timers, which were to be `resolutionMs` apart. */
  #delayAt(percentile: number): number {
    return Math.max(0, this.#delays.percentile(percentile) / 1e6 - resolutionMs);
  }
}
