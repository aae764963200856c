import type { Origin } from "@weir/core/scope";
import { ByteReader, ByteWriter } from "@weir/core/sketches/bytes";
import { createSeries, type Kind } from "../series/kinds";
import { origins } from "../series/series-table";
import { HeaderSum, mergeInSteps, mergedSeries } from "../store/merge-snapshots";
import {
  type AnySeries,
  type Candidate,
  locateSeries,
  mergeCandidate,
  readSeries,
  type WantedSeries,
} from "../store/single-series";
import type { SlotSummaries } from "../store/slot-source";
import { cappedOf, MetricSnapshot, sumTables } from "../store/snapshot";
import { addCounts, type BlobHead, type Filter, noCounts, type SlotCounts } from "../store/snapshot-codec";
import { Yielder } from "../yielder";
import { nodesOf } from "./node-slots";
import { bucketOf, type Plan, type Range } from "./plan";
import { RangeRead } from "./range-read";
import type { Sources } from "./sources";
import type { RangeRequest, SeriesRequest, TelemetrySeries, TelemetryTotals } from "./types";

/** The longest the event loop is blocked at a time. */
const maxHoldMs = 4;
/** Kinds that describe the process itself and cannot be filtered by origin. */
const kindsOfAnyOrigin: ReadonlySet<Kind> = new Set(["job", "pool", "process", "observer"]);

function filterOf(wanted: readonly Origin[]): Filter {
  return { origins: new Set(wanted), kinds: kindsOfAnyOrigin };
}

const nodesKeyOf = ({ nodeIds }: RangeRequest): string => nodeIds?.toSorted().join(" ") ?? "";
const nodeSetOf = ({ nodeIds }: RangeRequest): ReadonlySet<string> | null =>
  nodeIds === null ? null : new Set(nodeIds);

const slotStarts = (portion: readonly { startMs: number }[]): number[] => portion.map(({ startMs }) => startMs);
/** Without those that could not be decoded, which count as missing. */
const decodedStarts = (portion: readonly { startMs: number; head: unknown }[]): number[] =>
  slotStarts(portion.filter(({ head }) => head !== null));

/** Everything about a range except statement texts. Rethrows the failure if no store responded. */
export async function readTotals(
  sources: Sources,
  request: RangeRequest,
  nowMs: number,
  withinMs: number,
): Promise<Omit<TelemetryTotals, "texts">> {
  const read = await RangeRead.begin(sources, request, nowMs, withinMs);
  const perBucket = read.plan("buckets");
  const asSum = read.plan("sum");
  const buckets = new Buckets(read.range, request.origins);
  await readCounts(read, perBucket, request, buckets, nowMs);
  const { snapshot, undecodable } = await readSums(read, asSum, request, nowMs);
  const coverage = read.coverage(asSum, perBucket);

  const { sum } = buckets.headers;
  const { asOfMs, fromMs, toMs, stepMs } = read.range;
  return {
    asOfMs,
    fromMs,
    toMs,
    stepMs,
    slots: buckets.slots,
    nodes: sum.nodes,
    series: sumTables(snapshot.tables, (kind) => (kindsOfAnyOrigin.has(kind) ? origins : request.origins)),
    dropped: sum.dropped,
    capped: cappedOf(snapshot.tables),
    undecodable: sum.undecodable + undecodable,
    coverage,
  };
}

/** Counts per bucket, and the sum of the headers. */
class Buckets {
  readonly slots: (SlotCounts | null)[];
  readonly headers = new HeaderSum();
  readonly #range: Range;
  readonly #origins: readonly Origin[];

  constructor(range: Range, wanted: readonly Origin[]) {
    this.#range = range;
    this.#origins = wanted;
    this.slots = Array.from({ length: range.buckets }, () => null);
  }

  add(startMs: number, { counts }: Pick<BlobHead, "counts">): void {
    const bucket = bucketOf(this.#range, startMs);
    const sum = (this.slots[bucket] ??= noCounts());
    for (const origin of this.#origins) {
      const sums = counts.get(origin);
      if (sums !== undefined) addCounts(sum, sums);
    }
  }
}

/** Reads the counts of each bucket from heads and summaries only. */
async function readCounts(read: RangeRead, plan: Plan, request: RangeRequest, into: Buckets, nowMs: number) {
  await read.walkArchive(plan, {
    items: (archive, tier, versions) => archive.heads(tier, versions),
    handle: (portion) => {
      for (const { startMs, head } of portion) {
        if (head === null) {
          into.headers.addUndecodable();
          continue;
        }
        into.add(startMs, head);
        into.headers.add(head.header);
      }
    },
    startsOf: decodedStarts,
  });
  await read.walkNodes(plan, {
    items: (slots, startsMs) => slots.summaries(startsMs, nodeSetOf(request), nowMs),
    handle: (portion) => {
      for (const slot of portion) {
        for (const { head } of slot.summaries) into.add(slot.startMs, head);
        for (const [index, node] of nodesOf(slot).entries()) {
          const head = slot.summaries[index]?.head;
          if (head !== undefined) into.headers.add(head.header, [node]);
        }
      }
    },
    startsOf: slotStarts,
  });
}

/** All series of the range, merged. */
async function readSums(read: RangeRead, plan: Plan, request: RangeRequest, nowMs: number) {
  const snapshot = new MetricSnapshot(mergedSeries);
  const filter = filterOf(request.origins);
  const yielder = new Yielder(maxHoldMs);
  let undecodable = 0;
  const handle = async ({ blobs }: { blobs: readonly Buffer[] }): Promise<void> => {
    for (const blob of blobs) if ((await mergeInSteps(blob, snapshot, filter, yielder)) === null) undecodable += 1;
  };
  await read.walkArchive(plan, {
    items: (archive, tier, versions) => archive.blobs(tier, versions, yielder),
    handle,
    startsOf: ({ startsMs }) => startsMs,
  });
  await read.walkNodes(plan, {
    items: async function* (slots, startsMs) {
      const summaries = slots.summaries(startsMs, nodeSetOf(request), nowMs);
      for await (const portion of summaries) yield* slots.blobs(portion, nodesKeyOf(request), nowMs, yielder);
    },
    handle,
    startsOf: ({ startMs }) => [startMs],
  });
  return { snapshot, undecodable };
}

/** Selected series per bucket; decodes no others. Rethrows the failure if no store responded. */
export async function readRangeSeries(
  sources: Sources,
  request: SeriesRequest,
  nowMs: number,
  withinMs: number,
): Promise<TelemetrySeries> {
  const { wanted } = request;
  const read = await RangeRead.begin(sources, request, nowMs, withinMs);
  const { range } = read;
  const plan = read.plan("buckets");
  const buckets = new SeriesBuckets(range.buckets, wanted.length);
  const filter = filterOf(request.origins);
  const yielder = new Yielder(maxHoldMs);
  const take = (startMs: number): Found => buckets.at(bucketOf(range, startMs));
  let undecodable = 0;

  await read.walkArchive(plan, {
    items: (archive, tier, versions) => archive.heads(tier, versions),
    handle: async (portion, archive, tier) => {
      const known = new SettledTotals(sources, tier, request);
      const candidates: (Candidate & { startMs: number })[] = [];
      for (const { startMs, head } of portion) {
        if (head === null) {
          undecodable += 1;
          continue;
        }
        buckets.reported[bucketOf(range, startMs)] = true;
        for (const found of locateSeries(head, wanted, filter)) {
          if (!known.unpack(found, startMs, take(startMs))) candidates.push({ ...found, startMs });
        }
      }
      const pieces = await archive.pieces(tier, candidates);
      for (const [index, candidate] of candidates.entries()) {
        const piece = pieces[index];
        if (piece === null || piece === undefined) continue;
        const mine: Found = wanted.map(() => null);
        mergeCandidate(piece, candidate, wanted, filter, mine);
        const packed = pack(mine);
        unpack(packed, wanted, take(candidate.startMs));
        known.put(candidate, candidate.startMs, packed);
        await yielder.pause();
      }
    },
    startsOf: decodedStarts,
  });
  await read.walkNodes(plan, {
    items: (slots, startsMs) => slots.summaries(startsMs, nodeSetOf(request), nowMs),
    handle: async (portion, _slots, _startsMs, source) => {
      const reported = portion.filter(({ summaries }) => summaries.length > 0);
      for (const { startMs } of reported) buckets.reported[bucketOf(range, startMs)] = true;
      undecodable += await readNodes(sources, source, reported, request, take, { filter, nowMs, yielder });
    },
    startsOf: slotStarts,
  });

  const coverage = read.coverage(plan);
  const { asOfMs, fromMs, toMs, stepMs } = range;
  return {
    asOfMs,
    fromMs,
    toMs,
    stepMs,
    reported: buckets.reported,
    series: wanted.map((_, index) => buckets.found.map((found) => found[index] ?? null)),
    undecodable,
    coverage,
  };
}

type Found = (AnySeries | null)[];

/** Selected series per bucket, filled as they are read. */
class SeriesBuckets {
  readonly reported: boolean[];
  readonly found: Found[];

  constructor(buckets: number, wanted: number) {
    this.reported = Array.from({ length: buckets }, () => false);
    this.found = Array.from({ length: buckets }, () => Array.from({ length: wanted }, () => null));
  }

  /** The accumulators of a bucket, in the order of the wanted series. */
  at(bucket: number): Found {
    return this.found[bucket] ?? [];
  }
}

/** Packs the series of one slot compactly for the cache. */
function pack(found: readonly (AnySeries | null)[]): (Buffer | null)[] {
  return found.map((series) => {
    if (series === null) return null;
    const writer = new ByteWriter(256);
    series.write(writer);
    return Buffer.from(writer.view());
  });
}

function unpack(packed: readonly (Buffer | null)[], wanted: readonly WantedSeries[], into: Found): void {
  for (const [index, bytes] of packed.entries()) {
    const series = wanted[index];
    if (bytes === null || series === undefined) continue;
    (into[index] ??= createSeries[series.kind]()).mergeEncoded(new ByteReader(bytes));
  }
}

const packedBytes = (packed: readonly (Buffer | null)[]): number =>
  packed.reduce((sum, bytes) => sum + (bytes?.length ?? 0) + 50, 0);

/**
 * All series of a kind in one archived slot, merged and packed in the cache: reading a day of them again would mean to read
 * every body again. A single series is found by its directory and not kept.
 */
class SettledTotals {
  readonly #packed: Sources["packed"];
  readonly #wanted: readonly WantedSeries[];
  readonly #prefix: string;

  constructor({ packed }: Sources, tier: string, { origins: wantedOrigins, wanted }: SeriesRequest) {
    this.#packed = packed;
    this.#wanted = wanted;
    this.#prefix = `every ${tier} ${wantedOrigins.join()}`;
  }

  #keyOf({ index }: Candidate, startMs: number): string {
    return `${this.#prefix} ${this.#wanted[index]?.kind ?? ""} ${startMs}`;
  }

  /** False if it is not in the cache. */
  unpack(candidate: Candidate, startMs: number, into: Found): boolean {
    if (!("head" in candidate.of)) return false;
    const packed = this.#packed.get(this.#keyOf(candidate, startMs), versionOfHead(candidate.of.head));
    const [bytes] = packed ?? [];
    if (bytes === undefined) return false;
    unpack(
      this.#wanted.map((_, index) => (index === candidate.index ? bytes : null)),
      this.#wanted,
      into,
    );
    return true;
  }

  put(candidate: Candidate, startMs: number, packed: readonly (Buffer | null)[]): void {
    if (!("head" in candidate.of)) return;
    const mine = [packed[candidate.index] ?? null];
    this.#packed.put(this.#keyOf(candidate, startMs), versionOfHead(candidate.of.head), packedBytes(mine), mine);
  }
}

const versionOfHead = ({ header, bodyCrc }: BlobHead): string => `${header.reports} ${header.writtenAtMs} ${bodyCrc}`;

/** Reads the wanted series of node slots; caches those of settled slots. */
async function readNodes(
  sources: Sources,
  source: "nodes" | "live",
  slots: readonly SlotSummaries[],
  request: SeriesRequest,
  take: (startMs: number) => Found,
  context: { filter: Filter; nowMs: number; yielder: Yielder },
): Promise<number> {
  const { filter, nowMs, yielder } = context;
  const { wanted } = request;
  const reader = sources[source];
  const keyOf = (startMs: number): string =>
    `series ${source} ${startMs} ${nodesKeyOf(request)} ${request.origins.join()} ${JSON.stringify(wanted)}`;
  const unknown: SlotSummaries[] = [];
  for (const slot of slots) {
    const packed = sources.packed.get(keyOf(slot.startMs), reader.versionOf(slot));
    if (packed === undefined) unknown.push(slot);
    else unpack(packed, wanted, take(slot.startMs));
  }
  let undecodable = 0;
  const bySlot = new Map(unknown.map((slot) => [slot.startMs, slot]));
  for await (const { startMs, blobs } of reader.rawBlobs(unknown, nodesKeyOf(request))) {
    const slot = bySlot.get(startMs);
    const mine: Found = wanted.map(() => null);
    for (const blob of blobs) {
      if (readSeries(blob, wanted, filter, mine) === null) undecodable += 1;
      await yielder.pause();
    }
    const packed = pack(mine);
    unpack(packed, wanted, take(startMs));
    if (slot !== undefined && reader.isSettled(startMs, nowMs)) {
      sources.packed.put(keyOf(startMs), reader.versionOf(slot), packedBytes(packed), packed);
    }
  }
  return undecodable;
}
