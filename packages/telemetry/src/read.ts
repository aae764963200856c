import type { Redis } from "ioredis";
import type { SlotArchive } from "./archive";
import { measureFootprint } from "./measure-footprint";
import { memoize } from "./memo";
import { openSources } from "./range-sources";
import { readNodes } from "./read-nodes";
import { readRangeSeries } from "./read-range-series";
import { readTotals } from "./read-totals";
import type { RangeRequest, SeriesRequest, TelemetryFootprint, TelemetryReader, TelemetryTotals } from "./reader-types";
import { SlotSource } from "./slot-source";
import { TextCache } from "./text-cache";
import { type Retention, retentionOf } from "./tiers";
import { TelemetryError } from "./errors";

export type { ArchiveFootprint, SlotArchive, SlotMark } from "./archive";
export { createSeries, type SeriesOf } from "./kinds";
export type { RangeRequest, TelemetryReader, TelemetryTotals } from "./reader-types";
export { type ChosenRetention, type Retention, retentionOf } from "./tiers";

/** However many ask, the same is read once in this time. */
const memoMs = 1_000;
const footprintMemoMs = 10_000;
/** The whole of an answer may take so many times what one wait may. */
const waitsPerAnswer = 3;

export type TelemetryReaderOptions = {
  redis: Redis;
  keyPrefix: string;
  /** What keeps slots that were merged over all nodes; without it only Redis is read. */
  store?: SlotArchive | null;
  retention?: Retention;
  /** Wall clock in milliseconds. What a node with a faster clock reports is seen when this one gets there. */
  now?: () => number;
  /** The longest wait for one round trip. */
  deadlineMs?: number;
  /** What may be remembered of slots that do not change any more. */
  cacheBytes?: number;
};

function within(deadlineMs: number): <Result>(work: Promise<Result>) => Promise<Result> {
  return async (work) => {
    let deadline: NodeJS.Timeout | undefined;
    const late = new Promise<never>((_, reject) => {
      deadline = setTimeout(() => reject(new Error(`no answer within ${deadlineMs} ms`)), deadlineMs);
    });
    try {
      return await Promise.race([work, late]);
    } finally {
      clearTimeout(deadline);
    }
  };
}

const rangeKey = ({ fromMs, toMs, stepMs, origins, nodeIds }: RangeRequest): string =>
  `${fromMs} ${toMs} ${stepMs} ${origins.toSorted().join()} ${JSON.stringify(nodeIds?.toSorted() ?? null)}`;

/** Reads what all nodes stored, from any process; it needs no telemetry attached. */
export function createTelemetryReader(options: TelemetryReaderOptions): TelemetryReader {
  const { redis, keyPrefix, store = null, now = Date.now, deadlineMs = 1_500, cacheBytes = 33_554_432 } = options;
  const retention = options.retention ?? retentionOf();
  const source = new SlotSource({ redis, keyPrefix, deadlineMs });
  const inTime = within(deadlineMs);
  const sources = openSources({ source, archive: store, retention, cacheBytes, inTime });
  const textCache = new TextCache(source, store);
  const withinMs = waitsPerAnswer * deadlineMs;

  /** A range that is not to be had is the caller's fault; all else is that of who does not answer. */
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
