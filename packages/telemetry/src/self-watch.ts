import { performance } from "node:perf_hooks";
import { channels, listenerFailures, type ObserverCounter } from "@weir/core/channels";
import type { Book } from "./book";
import type { SlotWrite } from "./ledger";
import { ProcessGauge } from "./process-gauge";
import { RecordingCost } from "./recording-cost";
import type { NodeSources } from "./node-sources";
import type { NodeState } from "./node-state";
import type { ObserverSeries } from "./series/observer-series";
import { fineTier } from "./tiers";

/** How many ticks lie between two measures of what recording costs. */
const ticksPerMeasure = 60;

export type SelfWatchOptions = {
  /** The book to count into now. */
  current: () => Book;
  now: () => number;
  sources: NodeSources;
  flushEveryMs: number;
};

/** Looks at this process once per flush, and keeps account of what observing costs and misses. */
export class SelfWatch {
  readonly #options: SelfWatchOptions;
  readonly #gauge: ProcessGauge;
  readonly #cost: RecordingCost;
  readonly #endObserver: () => void;
  #load: ReturnType<NodeSources["pool"]>;
  #tickedAtMs = performance.now();
  #ticks = 0;
  #failures = listenerFailures();

  constructor(options: SelfWatchOptions) {
    this.#options = options;
    this.#gauge = new ProcessGauge((kind, durationMs) => this.#process().recordGc(kind, durationMs));
    this.#cost = new RecordingCost(options.now);
    this.#load = options.sources.pool();
    this.#endObserver = channels.observer.subscribe(({ counter, value }) => this.add(counter, value));
  }

  add(counter: ObserverCounter, value: number): void {
    this.#observer().add(counter, value);
  }

  /** Samples the process and its pool. `messages` were recorded since the last call. */
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

  /** Counts what one pipeline brought into Redis, or did not. */
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
    for (const { tier, blob, note, startMs, final } of stored.slots) {
      this.add(tier === fineTier ? "fineBytes" : "coarseBytes", blob.length + note.length);
      // The flush that ends a slot comes up to one interval after its end, and this one was later than that.
      if (final && nowMs > startMs + tier.widthMs + 2 * flushEveryMs) this.add("slotsLate", 1);
    }
  }

  /** What this process says of itself. */
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
