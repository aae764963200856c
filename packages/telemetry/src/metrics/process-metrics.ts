import { Histogram } from "@weir/core/sketches/histogram";
import { gcKinds } from "../series/process";
import { counter, gauge, histogram, type Metric } from "./metric";

export const processMetrics: readonly Metric[] = [
  gauge({
    name: "weir_build_info",
    help: "What runs here; always 1.",
    labels: ["version", "role", "node_version"],
    read: ({ state, nodeVersion }, emit) => emit([state.version, state.role, nodeVersion], 1),
  }),
  gauge({
    name: "weir_eventloop_utilisation",
    unit: "ratio",
    help: "Busy share of the event loop in the last interval, 0 to 1.",
    read: ({ state }, emit) => emit([], state.loopUtilisation),
  }),
  histogram({
    name: "weir_eventloop_delay_seconds",
    help: "How late the event loop was, sampled every 20 ms.",
    read: ({ series }, emit) => {
      const delays = new Histogram();
      for (const { loopDelays } of series.process.values()) delays.merge(loopDelays);
      emit([], delays);
    },
  }),
  histogram({
    name: "weir_gc_duration_seconds",
    help: "Pauses for garbage collection.",
    labels: ["kind"],
    read: ({ series }, emit) => {
      for (const kind of gcKinds) {
        const pauses = new Histogram();
        for (const { gc } of series.process.values()) pauses.merge(gc[kind]);
        emit([kind], pauses);
      }
    },
  }),
  counter({
    name: "process_cpu_seconds_total",
    help: "CPU time of all threads of the process.",
    read: ({ cpuSeconds }, emit) => emit([], cpuSeconds),
  }),
  gauge({
    name: "process_start_time_seconds",
    help: "When the process began, since 1970.",
    read: ({ state }, emit) => emit([], state.startedAtMs / 1e3),
  }),
  gauge({
    name: "process_resident_memory_bytes",
    help: "Resident memory of the process.",
    read: ({ memory }, emit) => emit([], memory.rss),
  }),
  gauge({
    name: "nodejs_heap_size_total_bytes",
    help: "Heap that V8 has reserved.",
    read: ({ memory }, emit) => emit([], memory.heapTotal),
  }),
  gauge({
    name: "nodejs_heap_size_used_bytes",
    help: "Heap that is in use.",
    read: ({ memory }, emit) => emit([], memory.heapUsed),
  }),
  gauge({
    name: "nodejs_external_memory_bytes",
    help: "Memory outside the heap that objects in it hold.",
    read: ({ memory }, emit) => emit([], memory.external),
  }),
];
