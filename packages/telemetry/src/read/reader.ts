import { withTimeout } from "@weir/core/deadlines";
import { checkTimerMs } from "@weir/core/timers";
import type { Redis } from "ioredis";
import type { SlotArchive } from "../store/archive";
import { memoize } from "@weir/core/memoize";
import { openSources, type Sources } from "./sources";
import { readRangeSeries, readTotals } from "./range";
import type {
  NodeReport,
  RangeRequest,
  RedisTierFootprint,
  SeriesRequest,
  TelemetryFootprint,
  TelemetryReader,
  TelemetryTotals,
} from "./types";
import { SlotSource } from "../store/slot-source";
import { TextCache } from "./text-cache";
import { coarseTier, fineTier, type Retention, retentionOf, slotStart, type Tier } from "../store/tiers";
import { TelemetryError } from "../errors";
import { HeaderSum } from "../store/merge-snapshots";
import { nodesOf } from "./node-slots";
import type { NodeState } from "../record/node-state";

/** The same data is read at most once in this time, for all callers. */
const memoMs = 1_000;
const footprintMemoMs = 10_000;
/** A whole request may take this many times the limit of one round trip. */
const waitsPerAnswer = 3;

export type TelemetryReaderOptions = {
  redis: Redis;
  keyPrefix: string;
  /** The store of slots merged over all nodes; without it, only Redis is read. */
  store?: SlotArchive | null;
  retention?: Retention;
  /** Wall clock in milliseconds. Reports from a node with a faster clock become visible when this clock reaches them. */
  now?: () => number;
  /** Maximum wait for one round trip. */
  deadlineMs?: number;
  /** Maximum memory for cached slots that no longer change. */
  cacheBytes?: number;
};

const rangeKey = ({ fromMs, toMs, stepMs, origins, nodeIds }: RangeRequest): string =>
  `${fromMs} ${toMs} ${stepMs} ${origins.toSorted().join()} ${JSON.stringify(nodeIds?.toSorted() ?? null)}`;

/** Reads what all nodes stored. Works in any process; telemetry need not be attached. */
export function createTelemetryReader(options: TelemetryReaderOptions): TelemetryReader {
  const { redis, keyPrefix, store = null, now = Date.now, deadlineMs = 1_500, cacheBytes = 33_554_432 } = options;
  checkTimerMs("deadlineMs", deadlineMs);
  const retention = options.retention ?? retentionOf();
  const source = new SlotSource({ redis, keyPrefix, deadlineMs });
  const inTime = <Result>(work: Promise<Result>): Promise<Result> => withTimeout(work, deadlineMs);
  const sources = openSources({ source, archive: store, retention, cacheBytes, inTime });
  const textCache = new TextCache(source, store);
  const withinMs = waitsPerAnswer * deadlineMs;

  /** An unsupported range is the caller's error; anything else means that the stores are unavailable. */
  const answering = async <Result>(work: Promise<Result>): Promise<Result> => {
    try {
      return await work;
    } catch (cause) {
      if (cause instanceof RangeError) throw cause;
      throw new TelemetryError("TELEMETRY_UNAVAILABLE", { cause });
    }
  };
  const once = <Request, Result>(compute: (request: Request) => Promise<Result>, keyOf: (request: Request) => string) =>
    memoize((request: Request) => answering(compute(request)), { keyOf, keepMs: () => memoMs, now });

  const totals = once(async (request: RangeRequest): Promise<TelemetryTotals> => {
    const nowMs = now();
    const read = await readTotals(sources, request, nowMs, withinMs);
    const texts = await textCache.of(
      read.series.sql.keys(),
      read.nodes.map(({ id }) => id),
      nowMs,
    );
    return { ...read, texts };
  }, rangeKey);
  const footprint = memoize((): Promise<TelemetryFootprint> => measureFootprint(source, store, retention, now()), {
    keyOf: () => "all",
    keepMs: () => footprintMemoMs,
    now,
  });
  const nodes = once(
    () => readNodes(sources, now()),
    () => "all",
  );

  return {
    totals,
    series: once(
      (request: SeriesRequest) => readRangeSeries(sources, request, now(), withinMs),
      (request) => `${rangeKey(request)} ${JSON.stringify(request.wanted)}`,
    ),
    nodes: () => nodes(undefined),
    footprint: () => footprint(undefined),
  };
}

/** Maximum slots measured per tier; the rest is extrapolated. */
const maxMeasured = 400;

async function measureTier(source: SlotSource, tier: Tier, keepMs: number, nowMs: number): Promise<RedisTierFootprint> {
  const { widthMs, name } = tier;
  const newest = slotStart(tier, nowMs);
  const all = Math.floor(keepMs / widthMs) + 2;
  const every = Math.ceil(all / maxMeasured);
  const starts: number[] = [];
  for (let index = 0; index < all; index += every) starts.push(newest - index * widthMs);
  const sizes = (await source.sizes(tier, starts)).filter((size) => size !== null);
  const bytes = sizes.reduce((sum, size) => sum + size, 0);
  const share = starts.length / all;
  const isSampled = every > 1;
  return {
    tier: name,
    widthMs,
    keepMs,
    slots: isSampled ? Math.round(sizes.length / share) : sizes.length,
    bytes: isSampled ? Math.round(bytes / share) : bytes,
    isSampled,
  };
}

/** The storage that telemetry uses in Redis and Postgres; null for a store that does not respond. Never rejects. */
async function measureFootprint(
  source: SlotSource,
  archive: SlotArchive | null,
  retention: Retention,
  nowMs: number,
): Promise<TelemetryFootprint> {
  const redis = Promise.all([
    measureTier(source, fineTier, retention.fineMs, nowMs),
    measureTier(source, coarseTier, retention.nodeMinutesMs, nowMs),
  ]);
  const [inRedis, inPostgres] = await Promise.all([
    redis.catch(() => null),
    archive === null ? null : archive.footprint().catch(() => null),
  ]);
  return { redis: inRedis, postgres: inPostgres, retention };
}

/** Longer than the time a node may be silent. */
const minutesBack = 20;

/** The nodes that reported in the last twenty minutes, by ID, with the latest state of each. Rejects without Redis. */
async function readNodes({ nodes: reader }: Sources, nowMs: number): Promise<NodeReport[]> {
  const newest = slotStart(coarseTier, nowMs);
  const starts = Array.from({ length: minutesBack }, (_, index) => newest - index * coarseTier.widthMs).toReversed();
  const headers = new HeaderSum();
  const states = new Map<string, { state: NodeState | null; writtenAtMs: number }>();
  for await (const portion of reader.summaries(starts, null, nowMs)) {
    for (const slot of portion) {
      const seen = nodesOf(slot);
      for (const [index, { nodeId, head }] of slot.summaries.entries()) {
        const node = seen[index];
        if (node !== undefined) headers.add(head.header, [node]);
        const { writtenAtMs, state } = head.header;
        if (writtenAtMs >= (states.get(nodeId)?.writtenAtMs ?? 0)) states.set(nodeId, { state, writtenAtMs });
      }
    }
  }
  return headers.nodes.map((node) => ({ ...node, state: states.get(node.id)?.state ?? null }));
}
