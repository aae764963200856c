import { counter, gauge, histogram, magnitudes, type Metric } from "./metric";

const labels = ["procedure"] as const;

export const rpcMetrics: readonly Metric[] = [
  histogram({
    name: "weir_rpc_duration_seconds",
    help: "Time to answer a procedure call.",
    labels: ["procedure", "ok"],
    read: ({ series }, emit) => {
      for (const [procedure, { ok, failed }] of series.rpc) {
        if (ok.count > 0) emit([procedure, "true"], ok);
        if (failed.count > 0) emit([procedure, "false"], failed);
      }
    },
  }),
  counter({
    name: "weir_rpc_errors_total",
    help: "Procedure calls that failed, by tRPC error code.",
    labels: ["procedure", "code"],
    read: ({ series }, emit) => {
      for (const [procedure, { errorCodes }] of series.rpc) {
        for (const [code, count] of errorCodes) emit([procedure, code], count);
      }
    },
  }),
  gauge({
    name: "weir_rpc_in_flight",
    help: "Procedure calls under way.",
    read: ({ state }, emit) => emit([], state.callsInFlight),
  }),
  magnitudes({
    name: "weir_rpc_response_bytes",
    help: "Size of the bodies that answered calls.",
    labels,
    read: ({ series }, emit) => {
      for (const [procedure, { bytes }] of series.rpc) if (bytes.count > 0) emit([procedure], bytes);
    },
  }),
  magnitudes({
    name: "weir_rpc_statements",
    help: "Statements that one call sent to the database.",
    labels,
    read: ({ series }, emit) => {
      for (const [procedure, { statements }] of series.rpc) if (statements.count > 0) emit([procedure], statements);
    },
  }),
  magnitudes({
    name: "weir_rpc_cache_reads",
    help: "Keys that one call read from the cache.",
    labels,
    read: ({ series }, emit) => {
      for (const [procedure, { cacheReads }] of series.rpc) if (cacheReads.count > 0) emit([procedure], cacheReads);
    },
  }),
  counter({
    name: "weir_rpc_pool_wait_seconds_total",
    help: "Time that statements of calls waited for a permit of the database gate.",
    labels,
    read: ({ series }, emit) => {
      for (const [procedure, { poolWaitNs }] of series.rpc) emit([procedure], poolWaitNs / 1e9);
    },
  }),
  counter({
    name: "weir_rpc_sql_seconds_total",
    help: "Time that statements of calls ran.",
    labels,
    read: ({ series }, emit) => {
      for (const [procedure, { sqlNs }] of series.rpc) emit([procedure], sqlNs / 1e9);
    },
  }),
];
