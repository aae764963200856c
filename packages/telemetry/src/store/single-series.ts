import type { Origin } from "@weir/core/scope";
import { ByteReader } from "@weir/core/sketches/bytes";
import { createSeries, type Kind, type SeriesOf } from "../series/kinds";
import { origins } from "../series/series-table";
import {
  admits,
  type BlobHead,
  entriesOf,
  entrySpan,
  type Filter,
  hashSeries,
  openBlob,
  placeFrom,
  placeOf,
  readHead,
} from "./snapshot-codec";

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
export function locateSeries(head: BlobHead, wanted: readonly WantedSeries[], filter: Filter): Candidate[] {
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
export function mergeCandidate(
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
