import { performance } from "node:perf_hooks";

/** Measures the event loop between two calls, because a figure since the start hides what happens now. */
export class EventLoopGauge {
  #before = performance.eventLoopUtilization();
  /** Busy share of the last interval, 0 to 1. */
  utilisation = 0;

  /** Ends an interval and begins the next one. */
  measure(): void {
    const now = performance.eventLoopUtilization();
    this.utilisation = performance.eventLoopUtilization(now, this.#before).utilization;
    this.#before = now;
  }
}
