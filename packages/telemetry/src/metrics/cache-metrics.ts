import type { CacheSeries } from "../series/cache";
import { counter, gauge, histogram, type Metric, type NumberMetric } from "./metric";

const labels = ["group"] as const;

const perGroup = (name: string, help: string, valueOf: (series: CacheSeries) => number): NumberMetric =>
  counter({
    name,
    help,
    labels,
    read: ({ series }, emit) => {
      for (const [group, one] of series.cache) emit([group], valueOf(one));
    },
  });

export const cacheMetrics: readonly Metric[] = [
  counter({
    name: "weir_cache_reads_total",
    help: "Cache reads by how they ended and the tier that answered.",
    labels: ["group", "outcome", "tier"],
    read: ({ series }, emit) => {
      for (const [group, one] of series.cache) {
        for (const { outcome, tier, count } of one.endings()) emit([group, outcome, tier ?? "none"], count);
      }
    },
  }),
  histogram({
    name: "weir_cache_hit_seconds",
    help: "Time of reads that were answered without a load.",
    labels,
    read: ({ series }, emit) => {
      for (const [group, { hits }] of series.cache) emit([group], hits);
    },
  }),
  histogram({
    name: "weir_cache_load_seconds",
    help: "Time of the runs of loads behind the cache.",
    labels,
    read: ({ series }, emit) => {
      for (const [group, { loads }] of series.cache) emit([group], loads);
    },
  }),
  perGroup("weir_cache_fills_total", "Loads whose value was stored.", ({ fills }) => fills),
  perGroup("weir_cache_fill_bytes_total", "JSON that was stored, in letters.", ({ fillBytes }) => fillBytes),
  perGroup(
    "weir_cache_rejected_fills_total",
    "Loads whose value was not stored because an invalidation had overtaken it.",
    ({ rejectedFills }) => rejectedFills,
  ),
  perGroup(
    "weir_cache_evictions_total",
    "Entries that this process's memory gave up for want of room.",
    ({ evictions }) => evictions,
  ),
  counter({
    name: "weir_cache_tag_reads_total",
    help: "Cache reads of entries that carry a tag of the family.",
    labels: ["family", "outcome", "tier"],
    read: ({ series }, emit) => {
      for (const [family, one] of series.tag) {
        for (const { outcome, tier, count } of one.endings()) emit([family, outcome, tier ?? "none"], count);
      }
    },
  }),
  histogram({
    name: "weir_cache_tag_load_seconds",
    help: "Time of loads that reads of entries with a tag of the family waited for.",
    labels: ["family"],
    read: ({ series }, emit) => {
      for (const [family, { loads }] of series.tag) emit([family], loads);
    },
  }),
  gauge({
    name: "weir_cache_epoch",
    help: "The logical clock of the invalidations that this process knows.",
    read: ({ state }, emit) => emit([], state.cache.epoch),
  }),
  gauge({
    name: "weir_cache_log_lag_seconds",
    help: "How long ago the log of invalidations last answered.",
    read: ({ state }, emit) => {
      if (state.cache.lagMs !== null) emit([], state.cache.lagMs / 1e3);
    },
  }),
  gauge({
    name: "weir_cache_trusted",
    help: "Whether this process's memory may answer without asking: 1 or 0.",
    read: ({ state }, emit) => emit([], state.cache.trusted ? 1 : 0),
  }),
];
