export { attachTelemetry, type Telemetry, type TelemetryOptions } from "./attach";
export { type NodeSources, noSources } from "./node-sources";
export type { NodeState } from "./node-state";
export { TelemetryError } from "./errors";
export { createSeries, type Kind, kinds, type SeriesOf } from "./kinds";
export { type ChosenRetention, type Retention, retentionOf, type SlotBytes, slotBytes } from "./tiers";
export { createTelemetryReader, type TelemetryReaderOptions } from "./read";
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
} from "./reader-types";
export { type RollupOptions, rollupJob, type RunningRollup, startRollup } from "./rollup/start";
export { attachTraces, type Traces, type TracesOptions } from "./traces/attach";
export { createTraceReader, type TraceFilter, type TraceReader } from "./traces/read";
export type { Trace, TraceKind, TraceSpan, TraceSummary } from "./traces/types";
