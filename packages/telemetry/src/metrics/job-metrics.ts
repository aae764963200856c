import { counter, histogram, type Metric } from "./metric";

// `job` is what Prometheus calls the group of a target.
const labels = ["task"] as const;

export const jobMetrics: readonly Metric[] = [
  histogram({
    name: "weir_job_duration_seconds",
    help: "Time of a run of background work, failed ones included.",
    labels,
    read: ({ series }, emit) => {
      for (const [job, { runs }] of series.job) emit([job], runs);
    },
  }),
  histogram({
    name: "weir_job_wait_seconds",
    help: "Time from when background work was due to when it began.",
    labels,
    read: ({ series }, emit) => {
      for (const [job, { waits }] of series.job) emit([job], waits);
    },
  }),
  counter({
    name: "weir_job_errors_total",
    help: "Runs of background work that failed.",
    labels,
    read: ({ series }, emit) => {
      for (const [job, { errors }] of series.job) emit([job], errors);
    },
  }),
];
