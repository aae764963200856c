import type { Redis } from "ioredis";
import { WeirError } from "@/shared/errors";
import type { Origin } from "../scope";
import { memoize } from "./memo";
import { mergeSlots } from "./merge-slots";
import type { CacheSeries } from "./series/cache-series";
import type { RpcSeries } from "./series/rpc-series";
import type { StatementSeries } from "./series/statement-series";
import type { SlotCounts } from "./slot-counts";
import { SlotSource, type StoredSlot } from "./slot-source";
import { TextCache } from "./text-cache";
import { type Tier, tiers } from "./tiers";

export type { CacheSeries, RpcSeries, SlotCounts, StatementSeries };

/** However many ask, a range is read from the store once in this time: a second, and 14 for a day, which costs more. */
const memoMs = (rangeMs: number): number => Math.max(1_000, rangeMs / 6_000);
/** Slots per round trip. */
const portionSlots = 60;

export type OverviewRequest = {
  rangeMs: number;
  /** A whole multiple of the width of a tier that keeps the range. */
  stepMs: number;
  /** Whose traffic is wanted. */
  origins: readonly Origin[];
};

/** Shared by all who ask within a second: read it, do not change it. */
export type TelemetryOverview = {
  asOfMs: number;
  /** Begin of the first slot. */
  fromMs: number;
  stepMs: number;
  /** Oldest first, the last one is still filling; null where no node reported. */
  slots: (SlotCounts | null)[];
  /** By id. */
  nodes: { id: string; lastSeenMs: number }[];
  procedures: ReadonlyMap<string, RpcSeries>;
  statements: ReadonlyMap<string, StatementSeries>;
  cacheGroups: ReadonlyMap<string, CacheSeries>;
  /** By statement; absent when no node's texts hold it. */
  statementTexts: ReadonlyMap<string, string>;
  /** Messages that the nodes had to leave out, of any origin. */
  dropped: number;
  /** Blobs of another version, or damaged. */
  undecodable: number;
};

export type TelemetryReader = {
  /**
   * Everything that the nodes stored about a range, merged. At most a second old, of a day at most 15.
   * Throws a WeirError TELEMETRY_UNAVAILABLE when Redis fails or does not answer in time, a RangeError for a step that
   * no tier has.
   */
  overview: (request: OverviewRequest) => Promise<TelemetryOverview>;
};

export type TelemetryReaderOptions = {
  redis: Redis;
  keyPrefix: string;
  /** Wall clock in milliseconds. What a node with a faster clock reports is seen when this one gets there. */
  now?: () => number;
  /** The longest wait for one round trip to Redis. */
  deadlineMs?: number;
};

async function* readPortions(source: SlotSource, tier: Tier, startsMs: readonly number[]): AsyncIterable<StoredSlot[]> {
  for (let from = 0; from < startsMs.length; from += portionSlots) {
    yield await source.slots(tier, startsMs.slice(from, from + portionSlots));
  }
}

/** Reads what all nodes stored, from any process; it needs no telemetry attached. */
export function createTelemetryReader(options: TelemetryReaderOptions): TelemetryReader {
  const { redis, keyPrefix, now = Date.now, deadlineMs = 1_500 } = options;
  const source = new SlotSource({ redis, keyPrefix, deadlineMs });
  const textCache = new TextCache(source);

  async function read(tier: Tier, request: OverviewRequest): Promise<TelemetryOverview> {
    const { rangeMs, stepMs } = request;
    const asOfMs = now();
    const wanted = new Set(request.origins);
    const length = Math.max(1, Math.ceil(rangeMs / stepMs));
    const fromMs = Math.floor(asOfMs / stepMs) * stepMs - (length - 1) * stepMs;
    const slotsPerStep = stepMs / tier.widthMs;
    const startsMs = Array.from({ length: length * slotsPerStep }, (_, index) => fromMs + index * tier.widthMs);

    const merged = await mergeSlots(readPortions(source, tier, startsMs), wanted, slotsPerStep);
    const statements = merged.book.sql.sumOver(wanted);
    const nodes = [...merged.lastSeenMs].map(([id, lastSeenMs]) => ({ id, lastSeenMs }));
    nodes.sort((a, b) => (a.id < b.id ? -1 : 1));
    return {
      asOfMs,
      fromMs,
      stepMs,
      slots: merged.slots,
      nodes,
      procedures: merged.book.rpc.sumOver(wanted),
      statements,
      cacheGroups: merged.book.cache.sumOver(wanted),
      statementTexts: await textCache.of(
        statements.keys(),
        nodes.map(({ id }) => id),
      ),
      dropped: merged.dropped,
      undecodable: merged.undecodable,
    };
  }

  return {
    overview: memoize(
      async (request: OverviewRequest) => {
        const { rangeMs, stepMs } = request;
        const tier = tiers.findLast(({ widthMs, keepMs }) => stepMs % widthMs === 0 && rangeMs <= keepMs);
        if (tier === undefined) {
          throw new RangeError(`There are no slots of ${stepMs} ms over ${rangeMs} ms.`);
        }
        try {
          return await read(tier, request);
        } catch (cause) {
          throw new WeirError("TELEMETRY_UNAVAILABLE", { cause });
        }
      },
      {
        keyOf: ({ rangeMs, stepMs, origins }) => `${rangeMs} ${stepMs} ${origins.toSorted().join()}`,
        keepMs: ({ rangeMs }) => memoMs(rangeMs),
        now,
      },
    ),
  };
}
