export { attachTelemetry, type Telemetry, type TelemetryOptions } from "./record/attach";
export type { ProcessSnapshot } from "./metrics/catalogue";
export type { NodeSources, NodeState, ObservedEngines } from "./record/node-state";
export { TelemetryError } from "./errors";
export { createSeries, type Kind, kinds, type SeriesOf } from "./series/kinds";
export { type ChosenRetention, type Retention, retentionOf, type SlotBytes, slotBytes } from "./store/tiers";
export { createTelemetryReader, type TelemetryReaderOptions } from "./read/reader";
export type {
  Coverage,
  NodeReport,
  RangeRequest,
  ReadRange,
  SeriesRequest,
  TelemetryFootprint,
  TelemetryReader,
  TelemetrySeries,
  TelemetryTotals,
} from "./read/types";
export { type RollupOptions, rollupJob, type RunningRollup, startRollup } from "./store/rollup";
export { attachTraces, type Traces, type TracesOptions } from "./traces/attach";
export { createTraceReader, type TraceFilter, type TraceReader } from "./traces/read";
export type { Trace, TraceKind, TraceSpan, TraceSummary } from "./traces/types";
