import type { JobMessage } from "@weir/core/channels";
import { Histogram } from "@weir/core/sketches/histogram";
import { Count, Series } from "./fields";
import { metricsOf, type SeriesMetric } from "./metric";

/** What the runs of one job did. */
export class JobSeries extends Series {
  /** From when it was due to when it began. */
  readonly waits = this.field(new Histogram());
  /** Failed runs included. */
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

// `job` is what Prometheus calls the group of a target.
const { counter, histogram } = metricsOf<JobSeries>("task");

export const jobMetrics: readonly SeriesMetric<JobSeries>[] = [
  histogram({
    name: "weir_job_duration_seconds",
    help: "Time of a run of background work, failed ones included.",
    of: ({ runs }) => runs,
  }),
  histogram({
    name: "weir_job_wait_seconds",
    help: "Time from when background work was due to when it began.",
    of: ({ waits }) => waits,
  }),
  counter({
    name: "weir_job_errors_total",
    help: "Runs of background work that failed.",
    of: ({ errors }) => errors,
  }),
];
