import type { SlotArchive } from "./archive";
import type { RedisTierFootprint, TelemetryFootprint } from "./reader-types";
import type { SlotSource } from "./slot-source";
import { coarseTier, fineTier, type Retention, slotStart, type Tier } from "./tiers";

/** Slots of a tier that are measured; the rest is taken to be like them. */
const mostMeasured = 400;

async function measureTier(source: SlotSource, tier: Tier, keepMs: number, nowMs: number): Promise<RedisTierFootprint> {
  const { widthMs, name } = tier;
  const newest = slotStart(tier, nowMs);
  const all = Math.floor(keepMs / widthMs) + 2;
  const every = Math.ceil(all / mostMeasured);
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

/** What telemetry takes in Redis and in Postgres; null for the one that does not answer. Never rejects. */
export async function measureFootprint(
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
