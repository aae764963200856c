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

/** A requested series. */
export type WantedSeries = { kind: Kind; name: string };
export type AnySeries = SeriesOf[Kind];

/** A record that may belong to a requested series: its hash matches the name's hash. */
export type Candidate = {
  /** Index of the requested series. */
  index: number;
  origin: Origin;
  offset: number;
  length: number;
};

/** Where the requested series may be in a body, according to the directory. */
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

/** Merges a record into its accumulator in `into`, unless it belongs to another series with the same hash. */
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
 * Merges only the requested series of a blob into their accumulators in `into`, which are created
 * on demand. Null, with nothing merged, if the blob is damaged or of another version.
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

/** The distinct names of one kind in a blob. */
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
