import type { Origin } from "@weir/core/scope";
import type { ArchiveFootprint } from "../store/archive";
import type { NodeSeen, SlotCounts } from "../store/snapshot-codec";
import type { Kind, SeriesOf } from "../series/kinds";
import type { NodeState } from "../record/node-state";
import type { AnySeries, WantedSeries } from "../store/single-series";
import type { Retention } from "../store/tiers";

export type RangeRequest = {
  /** Begin of the first bucket; cut down to a whole step. */
  fromMs: number;
  /** Exclusive; null for now, and then the last bucket is the one that is filling. */
  toMs: number | null;
  /** 5, 10, 15, 20 or 30 s, or a whole number of minutes. */
  stepMs: number;
  /** Whose traffic is wanted. Kinds that nobody asked for (job, pool, process, observer) are there whatever is wanted. */
  origins: readonly Origin[];
  /** Null for all nodes. Of some nodes only what Redis still keeps by node can be told. */
  nodeIds: readonly string[] | null;
};

export type MissingWhy = "redis" | "postgres" | "deadline" | "not-kept" | "per-node";
/** Where the figures come from: 5 s slots of nodes, minutes of nodes, merged minutes, merged hours. */
export type CoverageSource = "live" | "nodes" | "minutes" | "hours";
export type Coverage = {
  /** Oldest first; what no node reported is in none of them. */
  parts: { fromMs: number; toMs: number; source: CoverageSource }[];
  /** What could not be read, oldest first. */
  missing: { fromMs: number; toMs: number; why: MissingWhy }[];
};

/** What every answer about a range says of its time. */
export type ReadRange = {
  asOfMs: number;
  /** Begin of the first bucket. */
  fromMs: number;
  /** End of the last bucket, which may lie ahead. */
  toMs: number;
  stepMs: number;
  coverage: Coverage;
};

export type SeenText = { text: string; firstSeenMs: number | null; lastSeenMs: number | null };

/** Shared by all who ask within a second: read it, do not change it. */
export type TelemetryTotals = ReadRange & {
  /** One per bucket, oldest first; null where no node reported. */
  slots: (SlotCounts | null)[];
  /** By id. */
  nodes: NodeSeen[];
  /** Merged over the range and the wanted origins. */
  series: { readonly [K in Kind]: ReadonlyMap<string, SeriesOf[K]> };
  /** By statement; absent when nobody stored it. */
  texts: ReadonlyMap<string, SeenText>;
  /** Messages that the nodes had to leave out, of any origin. */
  dropped: number;
  /** Messages that are counted under "(other)". */
  capped: Readonly<Record<Kind, number>>;
  /** Blobs of another version, or damaged. */
  undecodable: number;
};

/** Shared by all who ask within a second: read it, do not change it. */
export type TelemetrySeries = ReadRange & {
  /** Whether any node reported, per bucket. */
  reported: boolean[];
  /** In the order asked for, one per bucket; null where the series did nothing, or nobody reported. */
  series: (AnySeries | null)[][];
  undecodable: number;
};

export type SeriesRequest = RangeRequest & { wanted: readonly WantedSeries[] };

export type NodeReport = NodeSeen & {
  /** The newest that it said of itself. */
  state: NodeState | null;
};

export type RedisTierFootprint = {
  tier: string;
  widthMs: number;
  keepMs: number;
  slots: number;
  bytes: number;
  /** Measured of some slots, and estimated from them for the rest. */
  isSampled: boolean;
};

export type TelemetryFootprint = {
  /** Null when it does not answer. */
  redis: RedisTierFootprint[] | null;
  postgres: ArchiveFootprint | null;
  retention: Retention;
};

export type TelemetryReader = {
  /**
   * Everything that was stored about a range, merged, at most a second old. What cannot be read is told by `coverage`.
   * Throws a WeirError TELEMETRY_UNAVAILABLE when neither Redis nor Postgres answers, a RangeError for a step or a number
   * of buckets that is not to be had.
   */
  totals: (request: RangeRequest) => Promise<TelemetryTotals>;
  /** Some series over time; decodes no others. Fails as `totals` does. */
  series: (request: SeriesRequest) => Promise<TelemetrySeries>;
  /** The nodes of the last quarter of an hour, by id. TELEMETRY_UNAVAILABLE without Redis. */
  nodes: () => Promise<NodeReport[]>;
  /** What telemetry takes; at most ten seconds old. Never rejects. */
  footprint: () => Promise<TelemetryFootprint>;
};
