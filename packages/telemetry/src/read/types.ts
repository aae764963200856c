import type { Origin } from "@weir/core/scope";
import type { ArchiveFootprint } from "../store/archive";
import type { NodeSeen, SlotCounts } from "../store/snapshot-codec";
import type { Kind, SeriesOf } from "../series/kinds";
import type { NodeState } from "../record/node-state";
import type { AnySeries, WantedSeries } from "../store/single-series";
import type { Retention } from "../store/tiers";

export type RangeRequest = {
  /** Start of the first bucket, rounded down to a whole step. */
  fromMs: number;
  /** Exclusive; null for now, in which case the last bucket is still filling. */
  toMs: number | null;
  /** 5, 10, 15, 20 or 30 s, or a whole number of minutes. */
  stepMs: number;
  /** The origins to include. Kinds that describe the process itself (job, pool, process, observer) are always included. */
  origins: readonly Origin[];
  /** Null for all nodes. For specific nodes, only data that Redis still keeps per node is available. */
  nodeIds: readonly string[] | null;
};

export type MissingWhy = "redis" | "postgres" | "deadline" | "not-kept" | "per-node" | "undecodable";
/** Where the metrics come from: 5 s slots of nodes, minutes of nodes, merged minutes, merged hours. */
export type CoverageSource = "live" | "nodes" | "minutes" | "hours";
export type Coverage = {
  /** Oldest first; spans that no node reported are in none of them. */
  parts: { fromMs: number; toMs: number; source: CoverageSource }[];
  /** Spans that could not be read, oldest first. */
  missing: { fromMs: number; toMs: number; why: MissingWhy }[];
};

/** The time range of a result. */
export type ReadRange = {
  asOfMs: number;
  /** Start of the first bucket. */
  fromMs: number;
  /** End of the last bucket; may be in the future. */
  toMs: number;
  stepMs: number;
  coverage: Coverage;
};

export type SeenText = { text: string; firstSeenMs: number | null; lastSeenMs: number | null };

/** Shared by all callers within a second: treat it as read-only. */
export type TelemetryTotals = ReadRange & {
  /** One per bucket, oldest first; null where no node reported. */
  slots: (SlotCounts | null)[];
  /** By ID. */
  nodes: NodeSeen[];
  /** Merged over the range and the requested origins. */
  series: { readonly [K in Kind]: ReadonlyMap<string, SeriesOf[K]> };
  /** By statement name; absent if no node stored the text. */
  texts: ReadonlyMap<string, SeenText>;
  /** Messages that the nodes dropped, of any origin. */
  dropped: number;
  /** Messages counted under "(other)". */
  capped: Readonly<Record<Kind, number>>;
  /** Blobs that are damaged or of another version. */
  undecodable: number;
};

/** Shared by all callers within a second: treat it as read-only. */
export type TelemetrySeries = ReadRange & {
  /** Whether any node reported, per bucket. */
  reported: boolean[];
  /** In the requested order, one per bucket; null where the series had no activity or no node reported. */
  series: (AnySeries | null)[][];
  undecodable: number;
};

export type SeriesRequest = RangeRequest & { wanted: readonly WantedSeries[] };

export type NodeReport = NodeSeen & {
  /** The latest state it reported. */
  state: NodeState | null;
};

export type RedisTierFootprint = {
  tier: string;
  widthMs: number;
  keepMs: number;
  slots: number;
  bytes: number;
  /** Measured on some slots and extrapolated to the rest. */
  isSampled: boolean;
};

export type TelemetryFootprint = {
  /** Null if it does not respond. */
  redis: RedisTierFootprint[] | null;
  postgres: ArchiveFootprint | null;
  retention: Retention;
};

export type TelemetryReader = {
  /**
   * Everything stored for a range, merged, at most a second old. `coverage` lists the spans that could not be read.
   * Throws WeirError TELEMETRY_UNAVAILABLE if neither Redis nor Postgres responds, and a RangeError for an unsupported
   * step or number of buckets.
   */
  totals: (request: RangeRequest) => Promise<TelemetryTotals>;
  /** Selected series over time; decodes no others. Fails like `totals`. */
  series: (request: SeriesRequest) => Promise<TelemetrySeries>;
  /** The nodes of the last quarter of an hour, by ID. TELEMETRY_UNAVAILABLE without Redis. */
  nodes: () => Promise<NodeReport[]>;
  /** The storage that telemetry uses; at most ten seconds old. Never rejects. */
  footprint: () => Promise<TelemetryFootprint>;
};
