import type { JobMessage } from "@weir/core/channels";
import { Histogram } from "@weir/core/sketches/histogram";
import { Count, Series } from "./fields";
import { metricsOf, type SeriesMetric } from "./metric";

/** Runs of one job. */
export class JobSeries extends Series {
  /** From due time to start. */
  readonly waits = this.field(new Histogram());
  /** Includes failed runs. */
  readonly runs = this.field(new Histogram());
  readonly #errors = this.field(new Count());

  get count(): number {
    return this.runs.count;
  }

  get isEmpty(): boolean {
    return this.count === 0;
  }

  get errors(): number {
    return this.#errors.value;
  }

  record({ waitMs, runMs, ok }: JobMessage): void {
    this.waits.record(waitMs);
    this.runs.record(runMs);
    if (!ok) this.#errors.value += 1;
  }
}

// Prometheus uses the label `job` for a group of targets.
const { counter, histogram } = metricsOf<JobSeries>("task");

export const jobMetrics: readonly SeriesMetric<JobSeries>[] = [
  histogram({
    name: "weir_job_duration_seconds",
    help: "Duration of background job runs, including failures.",
    of: ({ runs }) => runs,
  }),
  histogram({
    name: "weir_job_wait_seconds",
    help: "Delay between the due time and the start of a background job.",
    of: ({ waits }) => waits,
  }),
  counter({
    name: "weir_job_errors_total",
    help: "Failed background job runs.",
    of: ({ errors }) => errors,
  }),
];
