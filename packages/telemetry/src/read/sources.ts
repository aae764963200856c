import type { SlotArchive } from "../store/archive";
import type { SlotSource } from "../store/slot-source";
import type { BlobHead } from "../store/snapshot-codec";
import { coarseTier, fineTier, type Retention } from "../store/tiers";
import { ArchiveSlots } from "./archive-slots";
import { NodeSlots } from "./node-slots";
import { SlotCache } from "./slot-cache";

/** Shares of the memory for blobs and heads; the rest is for single series. */
const blobShare = 0.6;
const headShare = 0.2;

/** Shared by all reads of one reader. */
export type Sources = {
  live: NodeSlots;
  nodes: NodeSlots;
  archive: ArchiveSlots | null;
  /** Requested series of settled slots, packed. */
  packed: SlotCache<(Buffer | null)[]>;
  retention: Retention;
};

export type SourcesOptions = {
  source: SlotSource;
  archive: SlotArchive | null;
  retention: Retention;
  cacheBytes: number;
  inTime: <Result>(work: Promise<Result>) => Promise<Result>;
};

export function openSources({ source, archive, retention, cacheBytes, inTime }: SourcesOptions): Sources {
  const blobs = new SlotCache<Buffer>(cacheBytes * blobShare);
  const heads = new SlotCache<BlobHead>(cacheBytes * headShare);
  return {
    live: new NodeSlots({ source, tier: fineTier, keepMs: retention.fineMs, cache: blobs }),
    nodes: new NodeSlots({ source, tier: coarseTier, keepMs: retention.nodeMinutesMs, cache: blobs }),
    archive: archive === null ? null : new ArchiveSlots({ archive, blobs, heads, inTime }),
    packed: new SlotCache(cacheBytes * (1 - blobShare - headShare)),
    retention,
  };
}
