import type { Origin } from "@weir/core/scope";
import {
  addCounts,
  admits,
  type BlobHead,
  entriesOf,
  entrySpan,
  type Filter,
  hashSeries,
  noCounts,
  openBlob,
  placeFrom,
  placeOf,
  readHead,
  type SlotCounts,
} from "../store/snapshot-codec";
import { MetricSnapshot, cappedOf, sumTables } from "../store/snapshot";
import { Yielder } from "../yielder";
import { createSeries, type Kind, type SeriesOf } from "../series/kinds";
import { HeaderSum, mergeCalmly, mergedSeries } from "../store/merge-snapshots";
import { nodesOf } from "./node-slots";
import { bucketOf, cutRange, type Held, partsOf, type Plan, type Range } from "./plan";
import { Attempt, cellsOf, marksOf, planRange, readHeld, type Sources, startsOf, sumMissing } from "./sources";
import type { RangeRequest, SeriesRequest, TelemetrySeries, TelemetryTotals } from "./types";
import { origins } from "../series/series-table";
import { hourMs } from "../store/tiers";
import { ByteReader, ByteWriter } from "@weir/core/sketches/bytes";
import type { SlotNotes } from "../store/slot-source";

/** Between two turns of the event loop. */
const longestHoldMs = 4;
/** What a process does of its own accord has no asker. */
const askedByNobody: ReadonlySet<Kind> = new Set(["job", "pool", "process", "observer"]);

function filterOf(wanted: readonly Origin[]): Filter {
  return { origins: new Set(wanted), kinds: askedByNobody };
}

const nodesKeyOf = ({ nodeIds }: RangeRequest): string => nodeIds?.toSorted().join(" ") ?? "";
const nodeSetOf = ({ nodeIds }: RangeRequest): ReadonlySet<string> | null =>
  nodeIds === null ? null : new Set(nodeIds);

/** Counts per bucket, and what headers say. */
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
      const figures = counts.get(origin);
      if (figures !== undefined) addCounts(sum, figures);
    }
  }
}

async function readCounts(
  sources: Sources,
  attempt: Attempt,
  request: RangeRequest,
  plan: Plan,
  held: Held,
  into: Buckets,
  nowMs: number,
) {
  for (const source of ["hours", "minutes"] as const) {
    const cells = cellsOf(plan, source);
    const { archive } = sources;
    if (archive === null || cells.length === 0) continue;
    const tier = source === "hours" ? "1h" : "1m";
    await attempt.drain(
      "postgres",
      cells,
      archive.heads(tier, marksOf(cells, held[source])),
      (portion) => {
        for (const { startMs, head } of portion) {
          if (head === null) {
            into.headers.addUndecodable();
            continue;
          }
          into.add(startMs, head);
          into.headers.add(head.header);
        }
      },
      (portion) => portion.map(({ startMs }) => startMs),
    );
  }
  for (const source of ["nodes", "live"] as const) {
    const cells = cellsOf(plan, source);
    if (cells.length === 0) continue;
    await attempt.drain(
      "redis",
      cells,
      sources[source].notes(startsOf(cells), nodeSetOf(request), nowMs),
      (portion) => {
        for (const slot of portion) {
          for (const { head } of slot.notes) into.add(slot.startMs, head);
          for (const [index, node] of nodesOf(slot).entries()) {
            const head = slot.notes[index]?.head;
            if (head !== undefined) into.headers.add(head.header, [node]);
          }
        }
      },
      (portion) => portion.map(({ startMs }) => startMs),
    );
  }
}

async function readSums(
  sources: Sources,
  attempt: Attempt,
  request: RangeRequest,
  plan: Plan,
  held: Held,
  nowMs: number,
) {
  const snapshot = new MetricSnapshot(mergedSeries);
  const filter = filterOf(request.origins);
  const yielder = new Yielder(longestHoldMs);
  let undecodable = 0;
  const merge = async ({ blobs }: { blobs: readonly Buffer[] }): Promise<void> => {
    for (const blob of blobs) if ((await mergeCalmly(blob, snapshot, filter, yielder)) === null) undecodable += 1;
  };
  for (const source of ["hours", "minutes"] as const) {
    const cells = cellsOf(plan, source);
    const { archive } = sources;
    if (archive === null || cells.length === 0) continue;
    const tier = source === "hours" ? "1h" : "1m";
    const marks = marksOf(cells, held[source]);
    await attempt.drain("postgres", cells, archive.blobs(tier, marks, yielder), merge, ({ startsMs }) => startsMs);
  }
  for (const source of ["nodes", "live"] as const) {
    const cells = cellsOf(plan, source);
    if (cells.length === 0) continue;
    const reader = sources[source];
    const notes = reader.notes(startsOf(cells), nodeSetOf(request), nowMs);
    const slots = async function* () {
      for await (const portion of notes) yield* reader.blobs(portion, nodesKeyOf(request), nowMs, yielder);
    };
    await attempt.drain("redis", cells, slots(), merge, ({ startMs }) => [startMs]);
  }
  return { snapshot, undecodable };
}

/** Everything about a range but the statements' texts. Rejects with what failed when nobody answered. */
export async function readTotals(
  sources: Sources,
  request: RangeRequest,
  nowMs: number,
  withinMs: number,
): Promise<Omit<TelemetryTotals, "texts">> {
  const range = cutRange(request, nowMs);
  const attempt = new Attempt(withinMs);
  const held = await readHeld(sources, attempt, range, request);
  const isFine = range.stepMs < 60_000;
  const plan = planRange(sources, range, request, held, isFine ? "5s" : range.stepMs % hourMs === 0 ? "1h" : "1m");
  const sums = planRange(sources, range, request, held, isFine ? "1m" : "1h");
  const buckets = new Buckets(range, request.origins);
  await readCounts(sources, attempt, request, plan, held, buckets, nowMs);
  const { snapshot, undecodable } = await readSums(sources, attempt, request, sums, held, nowMs);
  if (attempt.isInVain) throw attempt.cause;

  const { sum } = buckets.headers;
  const { asOfMs, fromMs, toMs, stepMs } = range;
  return {
    asOfMs,
    fromMs,
    toMs,
    stepMs,
    slots: buckets.slots,
    nodes: sum.nodes,
    series: sumTables(snapshot.tables, (kind) => (askedByNobody.has(kind) ? origins : request.origins)),
    dropped: sum.dropped,
    capped: cappedOf(snapshot.tables),
    undecodable: sum.undecodable + undecodable,
    coverage: {
      parts: partsOf(sums.cells),
      missing: sumMissing(plan.missing, sums.missing, attempt.missing),
    },
  };
}

type Found = (AnySeries | null)[];

/** Some series per bucket, as they come in. */
class SeriesBuckets {
  readonly reported: boolean[];
  readonly found: Found[];

  constructor(buckets: number, wanted: number) {
    this.reported = Array.from({ length: buckets }, () => false);
    this.found = Array.from({ length: buckets }, () => Array.from({ length: wanted }, () => null));
  }

  /** The accumulators of a bucket, at the places of what is wanted. */
  at(bucket: number): Found {
    return this.found[bucket] ?? [];
  }
}

/** What was read of one slot, packed so that much of it can be remembered. */
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

/** The wanted series of slots of nodes; of one that is settled they are remembered. */
async function readNodes(
  sources: Sources,
  source: "nodes" | "live",
  slots: readonly SlotNotes[],
  request: SeriesRequest,
  take: (startMs: number) => Found,
  context: { filter: Filter; nowMs: number; yielder: Yielder },
): Promise<number> {
  const { filter, nowMs, yielder } = context;
  const { wanted } = request;
  const reader = sources[source];
  const keyOf = (startMs: number): string =>
    `series ${source} ${startMs} ${nodesKeyOf(request)} ${request.origins.join()} ${JSON.stringify(wanted)}`;
  const unknown: SlotNotes[] = [];
  for (const slot of slots) {
    const packed = sources.packed.get(keyOf(slot.startMs), reader.markOf(slot));
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
      sources.packed.put(keyOf(startMs), reader.markOf(slot), packedBytes(packed), packed);
    }
  }
  return undecodable;
}

/** Rejects with what failed when nobody answered. */
export async function readRangeSeries(
  sources: Sources,
  request: SeriesRequest,
  nowMs: number,
  withinMs: number,
): Promise<TelemetrySeries> {
  const { wanted } = request;
  const range = cutRange(request, nowMs);
  const attempt = new Attempt(withinMs);
  const held = await readHeld(sources, attempt, range, request);
  const widest = range.stepMs < 60_000 ? "5s" : range.stepMs % hourMs === 0 ? "1h" : "1m";
  const plan = planRange(sources, range, request, held, widest);
  const buckets = new SeriesBuckets(range.buckets, wanted.length);
  const filter = filterOf(request.origins);
  const yielder = new Yielder(longestHoldMs);
  const take = (startMs: number): Found => buckets.at(bucketOf(range, startMs));
  let undecodable = 0;

  for (const source of ["hours", "minutes"] as const) {
    const cells = cellsOf(plan, source);
    const { archive } = sources;
    if (archive === null || cells.length === 0) continue;
    const tier = source === "hours" ? "1h" : "1m";
    await attempt.drain(
      "postgres",
      cells,
      archive.heads(tier, marksOf(cells, held[source])),
      async (portion) => {
        const candidates: (Candidate & { startMs: number })[] = [];
        for (const { startMs, head } of portion) {
          if (head === null) {
            undecodable += 1;
            continue;
          }
          buckets.reported[bucketOf(range, startMs)] = true;
          for (const found of locateSeries(head, wanted, filter)) candidates.push({ ...found, startMs });
        }
        const pieces = await archive.pieces(tier, candidates);
        for (const [index, candidate] of candidates.entries()) {
          const piece = pieces[index];
          if (piece !== null && piece !== undefined) mergeCandidate(piece, candidate, wanted, take(candidate.startMs));
          await yielder.pause();
        }
      },
      (portion) => portion.map(({ startMs }) => startMs),
    );
  }
  for (const source of ["nodes", "live"] as const) {
    const cells = cellsOf(plan, source);
    if (cells.length === 0) continue;
    await attempt.drain(
      "redis",
      cells,
      sources[source].notes(startsOf(cells), nodeSetOf(request), nowMs),
      async (portion) => {
        const slots = portion.filter(({ notes }) => notes.length > 0);
        for (const { startMs } of slots) buckets.reported[bucketOf(range, startMs)] = true;
        undecodable += await readNodes(sources, source, slots, request, take, { filter, nowMs, yielder });
      },
      (portion) => portion.map(({ startMs }) => startMs),
    );
  }
  if (attempt.isInVain) throw attempt.cause;

  const { asOfMs, fromMs, toMs, stepMs } = range;
  return {
    asOfMs,
    fromMs,
    toMs,
    stepMs,
    reported: buckets.reported,
    series: wanted.map((_, index) => buckets.found.map((found) => found[index] ?? null)),
    undecodable,
    coverage: { parts: partsOf(plan.cells), missing: sumMissing(plan.missing, attempt.missing) },
  };
}

/** A series that is asked for. */
export type WantedSeries = { kind: Kind; name: string };
export type AnySeries = SeriesOf[Kind];

/** A record that may be of a wanted series: its hash is that of the name. */
export type Candidate = {
  /** Which of the wanted ones. */
  index: number;
  origin: Origin;
  offset: number;
  length: number;
};

/** Where in a body the wanted series may lie, by the directory alone. */
function locateSeries(head: BlobHead, wanted: readonly WantedSeries[], filter: Filter): Candidate[] {
  const found: Candidate[] = [];
  for (const [index, { kind, name }] of wanted.entries()) {
    for (const origin of origins) {
      if (!admits(filter, kind, origin)) continue;
      const hash = hashSeries(placeOf({ kind, origin }), name);
      for (const entry of entriesOf(head, hash)) found.push({ index, origin, ...entrySpan(head, entry) });
    }
  }
  return found;
}

/** Merges a record into the accumulator of its place in `into`, unless it is another one with the same hash. */
function mergeCandidate(
  record: Buffer,
  { index, origin }: Candidate,
  wanted: readonly WantedSeries[],
  into: (AnySeries | null)[],
): void {
  const series = wanted[index];
  if (series === undefined) return;
  const { kind, name } = series;
  const reader = new ByteReader(record);
  if (reader.varint() !== placeOf({ kind, origin }) || reader.text() !== name) return;
  (into[index] ??= createSeries[kind]()).mergeEncoded(reader);
}

/**
 * Merges the wanted series of a blob, and decodes no other, into the accumulators at their places in `into`, which are
 * made when there is something to merge. Null, and nothing merged, when the blob is of another version or damaged.
 */
export function readSeries(
  blob: Buffer,
  wanted: readonly WantedSeries[],
  filter: Filter,
  into: (AnySeries | null)[],
): BlobHead | null {
  const opened = openBlob(blob);
  if (opened === null) return null;
  for (const candidate of locateSeries(opened.head, wanted, filter)) {
    const { offset, length } = candidate;
    mergeCandidate(opened.body.subarray(offset, offset + length), candidate, wanted, into);
  }
  return opened.head;
}

/** The names of one kind that are in a blob, once each. */
export function seriesNames({ head, body }: { head: Buffer; body: Buffer }, kind: Kind): Set<string> {
  const names = new Set<string>();
  const read = readHead(head);
  for (let entry = 0; entry < (read?.entries ?? 0); entry += 1) {
    if (read === null) break;
    const { offset, length } = entrySpan(read, entry);
    const reader = new ByteReader(body.subarray(offset, offset + length));
    if (placeFrom(reader.varint())?.kind === kind) names.add(reader.text());
  }
  return names;
}
