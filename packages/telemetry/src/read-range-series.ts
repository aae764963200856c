import { ByteReader, ByteWriter } from "@weir/core/sketches/bytes";
import { Breather } from "./breather";
import type { Filter } from "./book-codec";
import { createSeries } from "./kinds";
import { bucketOf, cutRange, partsOf } from "./plan-range";
import { Attempt, cellsOf, marksOf, planRange, readHeld, type Sources, startsOf, sumMissing } from "./range-sources";
import { longestHoldMs, nodesKeyOf, nodeSetOf, toFilter } from "./read-totals";
import {
  type AnySeries,
  type Candidate,
  locateSeries,
  mergeCandidate,
  readSeries,
  type WantedSeries,
} from "./read-series";
import type { SeriesRequest, TelemetrySeries } from "./reader-types";
import type { SlotNotes } from "./slot-source";
import { hourMs } from "./tiers";

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
  context: { filter: Filter; nowMs: number; breather: Breather },
): Promise<number> {
  const { filter, nowMs, breather } = context;
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
      await breather.pause();
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
  const filter = toFilter(request.origins);
  const breather = new Breather(longestHoldMs);
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
          await breather.pause();
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
        undecodable += await readNodes(sources, source, slots, request, take, { filter, nowMs, breather });
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
