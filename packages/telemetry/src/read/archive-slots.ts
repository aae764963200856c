import type { ArchiveTierName, SlotArchive, SlotMark } from "../store/archive";
import { type BlobHead, readHead } from "../store/snapshot-codec";
import type { Yielder } from "../yielder";
import { mergeBlobs } from "../store/merge-snapshots";
import type { Candidate } from "../store/single-series";
import type { SlotCache } from "./slot-cache";
import { hourMs } from "../store/tiers";

const headsPerTrip = 180;
const slotsPerTrip = 8;
const piecesPerTrip = 1_000;
/** So many neighbours are kept as one, so that the sum of an hour is that of six. */
const groupMs: Record<ArchiveTierName, number> = { "1m": 600_000, "1h": 24 * hourMs };
const widthMs: Record<ArchiveTierName, number> = { "1m": 60_000, "1h": hourMs };
const mostAsked = 2_000;
const maxGroupBytes = 8_388_608;

const markOf = ({ reports, messages, writtenAtMs }: SlotMark): string => `${reports} ${messages} ${writtenAtMs}`;

/** What Postgres keeps merged, without reading the same twice. Rejects when Postgres does not answer. */
export class ArchiveSlots {
  readonly #archive: SlotArchive;
  readonly #blobs: SlotCache<Buffer>;
  readonly #heads: SlotCache<BlobHead>;
  /** Groups that were read once, by what they held. */
  readonly #asked = new Map<string, string>();
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

  async marks(tier: ArchiveTierName, fromMs: number, toMs: number): Promise<Map<number, SlotMark>> {
    if (fromMs >= toMs) return new Map();
    const marks = await this.#inTime(this.#archive.marks(tier, fromMs, toMs));
    return new Map(marks.map((mark) => [mark.startMs, mark]));
  }

  /** The heads of these slots, in portions; null for one that is gone or cannot be read. */
  async *heads(tier: ArchiveTierName, marks: readonly SlotMark[]) {
    for (let from = 0; from < marks.length; from += headsPerTrip) {
      const portion = marks.slice(from, from + headsPerTrip);
      const unknown = portion.filter(
        (mark) => this.#heads.get(`head ${tier} ${mark.startMs}`, markOf(mark)) === undefined,
      );
      const read = new Map<number, BlobHead | null>();
      if (unknown.length > 0) {
        const starts = unknown.map(({ startMs }) => startMs);
        for (const slot of await this.#inTime(this.#archive.heads(tier, starts))) {
          const head = readHead(slot.head);
          read.set(slot.startMs, head);
          if (head !== null)
            this.#heads.put(`head ${tier} ${slot.startMs}`, markOf(slot), slot.head.length + 1_000, head);
        }
      }
      yield portion.map((mark) => ({
        startMs: mark.startMs,
        head: read.get(mark.startMs) ?? this.#heads.get(`head ${tier} ${mark.startMs}`, markOf(mark)) ?? null,
      }));
    }
  }

  /** The blobs of these slots, oldest first, in portions. Neighbours that make a whole group come as one. */
  async *blobs(tier: ArchiveTierName, marks: readonly SlotMark[], yielder: Yielder) {
    for (const group of this.#groups(tier, marks)) {
      const [first] = group;
      if (first === undefined) continue;
      const isWhole = group.length === groupMs[tier] / widthMs[tier];
      const startsMs = group.map(({ startMs }) => startMs);
      const key = `group ${tier} ${first.startMs}`;
      const mark = group.map(markOf).join();
      const known = isWhole ? this.#blobs.get(key, mark) : undefined;
      if (known !== undefined) {
        yield { startsMs, blobs: [known] };
        continue;
      }
      const blobs = await this.#read(tier, group);
      if (!isWhole || blobs.length < group.length || !this.#isAskedAgain(key, mark)) {
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
      this.#blobs.put(key, mark, blob.length, blob);
      yield { startsMs, blobs: [blob] };
    }
  }

  /** The pieces that candidates name, in their order; null for one that is gone. */
  async pieces(tier: ArchiveTierName, wanted: readonly (Pick<Candidate, "offset" | "length"> & { startMs: number })[]) {
    const pieces: (Buffer | null)[] = [];
    for (let from = 0; from < wanted.length; from += piecesPerTrip) {
      pieces.push(...(await this.#inTime(this.#archive.pieces(tier, wanted.slice(from, from + piecesPerTrip)))));
    }
    return pieces;
  }

  /** Merging a group pays when it is read more than once. */
  #isAskedAgain(key: string, mark: string): boolean {
    if (this.#asked.get(key) === mark) return true;
    if (this.#asked.size > mostAsked) this.#asked.clear();
    this.#asked.set(key, mark);
    return false;
  }

  async #read(tier: ArchiveTierName, marks: readonly SlotMark[]): Promise<Buffer[]> {
    const found = new Map<number, Buffer>();
    const unknown: SlotMark[] = [];
    for (const mark of marks) {
      const known = this.#blobs.get(`slot ${tier} ${mark.startMs}`, markOf(mark));
      if (known === undefined) unknown.push(mark);
      else found.set(mark.startMs, known);
    }
    for (let from = 0; from < unknown.length; from += slotsPerTrip) {
      const starts = unknown.slice(from, from + slotsPerTrip).map(({ startMs }) => startMs);
      for (const slot of await this.#inTime(this.#archive.slots(tier, starts))) {
        const blob = Buffer.concat([slot.head, slot.body]);
        found.set(slot.startMs, blob);
        this.#blobs.put(`slot ${tier} ${slot.startMs}`, markOf(slot), blob.length, blob);
      }
    }
    return [...found].toSorted(([a], [b]) => a - b).map(([, blob]) => blob);
  }

  #groups(tier: ArchiveTierName, marks: readonly SlotMark[]): SlotMark[][] {
    const groups: SlotMark[][] = [];
    let current = Number.NaN;
    for (const mark of marks) {
      const group = Math.floor(mark.startMs / groupMs[tier]);
      if (group !== current) groups.push([]);
      current = group;
      groups.at(-1)?.push(mark);
    }
    return groups;
  }
}
