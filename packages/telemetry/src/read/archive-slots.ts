import type { ArchiveTierName, SlotArchive, SlotVersion } from "../store/archive";
import { type BlobHead, openBlob, readHead } from "../store/snapshot-codec";
import type { Yielder } from "../yielder";
import { mergeBlobs } from "../store/merge-snapshots";
import type { Candidate } from "../store/single-series";
import type { SlotCache } from "./slot-cache";
import { hourMs } from "../store/tiers";

const headsPerTrip = 180;
const slotsPerTrip = 8;
const piecesPerTrip = 1_000;
/** Neighbouring slots merged into one group, so that an hour is the sum of six groups. */
const groupMs: Record<ArchiveTierName, number> = { "1m": 600_000, "1h": 24 * hourMs };
const widthMs: Record<ArchiveTierName, number> = { "1m": 60_000, "1h": hourMs };
const maxRequested = 2_000;
const maxGroupBytes = 8_388_608;

const versionOf = ({ reports, messages, writtenAtMs }: SlotVersion): string => `${reports} ${messages} ${writtenAtMs}`;

/** Reads merged slots from Postgres with a cache. Rejects when Postgres does not respond. */
export class ArchiveSlots {
  readonly #archive: SlotArchive;
  readonly #blobs: SlotCache<Buffer>;
  readonly #heads: SlotCache<BlobHead>;
  /** Groups read once, with their version. */
  readonly #requested = new Map<string, string>();
  readonly #inTime: <Result>(work: Promise<Result>) => Promise<Result>;

  constructor(options: {
    archive: SlotArchive;
    blobs: SlotCache<Buffer>;
    heads: SlotCache<BlobHead>;
    /** Rejects when the work takes too long. */
    inTime: <Result>(work: Promise<Result>) => Promise<Result>;
  }) {
    this.#archive = options.archive;
    this.#blobs = options.blobs;
    this.#heads = options.heads;
    this.#inTime = options.inTime;
  }

  async versions(tier: ArchiveTierName, fromMs: number, toMs: number): Promise<Map<number, SlotVersion>> {
    if (fromMs >= toMs) return new Map();
    const versions = await this.#inTime(this.#archive.versions(tier, fromMs, toMs));
    return new Map(versions.map((version) => [version.startMs, version]));
  }

  /** The heads of these slots, in batches; null for one that is gone or unreadable. */
  async *heads(tier: ArchiveTierName, versions: readonly SlotVersion[]) {
    for (let from = 0; from < versions.length; from += headsPerTrip) {
      const portion = versions.slice(from, from + headsPerTrip);
      const unknown = portion.filter(
        (version) => this.#heads.get(`head ${tier} ${version.startMs}`, versionOf(version)) === undefined,
      );
      const read = new Map<number, BlobHead | null>();
      if (unknown.length > 0) {
        const starts = unknown.map(({ startMs }) => startMs);
        for (const slot of await this.#inTime(this.#archive.heads(tier, starts))) {
          const head = readHead(slot.head);
          read.set(slot.startMs, head);
          if (head !== null)
            this.#heads.put(`head ${tier} ${slot.startMs}`, versionOf(slot), slot.head.length + 1_000, head);
        }
      }
      yield portion.map((version) => ({
        startMs: version.startMs,
        head:
          read.get(version.startMs) ?? this.#heads.get(`head ${tier} ${version.startMs}`, versionOf(version)) ?? null,
      }));
    }
  }

  /** The blobs of these slots that can be decoded, oldest first, in batches. Neighbours that form a whole group are merged into one blob. */
  async *blobs(tier: ArchiveTierName, versions: readonly SlotVersion[], yielder: Yielder) {
    for (const group of this.#groups(tier, versions)) {
      const [first] = group;
      if (first === undefined) continue;
      const isWhole = group.length === groupMs[tier] / widthMs[tier];
      const key = `group ${tier} ${first.startMs}`;
      const version = group.map(versionOf).join();
      const known = isWhole ? this.#blobs.get(key, version) : undefined;
      if (known !== undefined) {
        yield { startsMs: group.map(({ startMs }) => startMs), blobs: [known] };
        continue;
      }
      const found = await this.#read(tier, group);
      const [startsMs, blobs] = [[...found.keys()], [...found.values()]];
      if (!isWhole || blobs.length < group.length || !this.#isRequestedAgain(key, version)) {
        yield { startsMs, blobs };
        continue;
      }
      const merged = await mergeBlobs(
        blobs.map((blob) => ({ blob })),
        { maxBytes: maxGroupBytes, yielder },
      );
      if (merged === null) {
        yield { startsMs, blobs };
        continue;
      }
      const blob = Buffer.concat([merged.head, merged.body]);
      this.#blobs.put(key, version, blob.length, blob);
      yield { startsMs, blobs: [blob] };
    }
  }

  /** The record bytes for the candidates, in their order; null for one that is gone. */
  async pieces(tier: ArchiveTierName, wanted: readonly (Pick<Candidate, "offset" | "length"> & { startMs: number })[]) {
    const pieces: (Buffer | null)[] = [];
    for (let from = 0; from < wanted.length; from += piecesPerTrip) {
      pieces.push(...(await this.#inTime(this.#archive.pieces(tier, wanted.slice(from, from + piecesPerTrip)))));
    }
    return pieces;
  }

  /** Merging a group pays off only when it is read again. */
  #isRequestedAgain(key: string, version: string): boolean {
    if (this.#requested.get(key) === version) return true;
    if (this.#requested.size > maxRequested) this.#requested.clear();
    this.#requested.set(key, version);
    return false;
  }

  async #read(tier: ArchiveTierName, versions: readonly SlotVersion[]): Promise<ReadonlyMap<number, Buffer>> {
    const found = new Map<number, Buffer>();
    const unknown: SlotVersion[] = [];
    for (const version of versions) {
      const known = this.#blobs.get(`slot ${tier} ${version.startMs}`, versionOf(version));
      if (known === undefined) unknown.push(version);
      else found.set(version.startMs, known);
    }
    for (let from = 0; from < unknown.length; from += slotsPerTrip) {
      const starts = unknown.slice(from, from + slotsPerTrip).map(({ startMs }) => startMs);
      for (const slot of await this.#inTime(this.#archive.slots(tier, starts))) {
        const blob = Buffer.concat([slot.head, slot.body]);
        if (openBlob(blob) === null) continue;
        found.set(slot.startMs, blob);
        this.#blobs.put(`slot ${tier} ${slot.startMs}`, versionOf(slot), blob.length, blob);
      }
    }
    return new Map([...found].toSorted(([a], [b]) => a - b));
  }

  #groups(tier: ArchiveTierName, versions: readonly SlotVersion[]): SlotVersion[][] {
    const groups: SlotVersion[][] = [];
    let current = Number.NaN;
    for (const version of versions) {
      const group = Math.floor(version.startMs / groupMs[tier]);
      if (group !== current) groups.push([]);
      current = group;
      groups.at(-1)?.push(version);
    }
    return groups;
  }
}
