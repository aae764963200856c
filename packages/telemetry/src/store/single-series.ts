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

/** Requests all series of a kind, merged into one. No series has this name. */
export const everySeries = "*";

/** A requested series. */
export type WantedSeries = { kind: Kind; name: string };
export type AnySeries = SeriesOf[Kind];

/** Bytes of a body that may hold a requested series. */
export type Candidate = {
  /** Index of the requested series. */
  index: number;
  /** One record, whose hash matches the name's hash; or the whole body, with the head that divides it. */
  of: { origin: Origin } | { head: BlobHead };
  offset: number;
  length: number;
};

/** Where the requested series may be in a body, according to the directory. */
export function locateSeries(head: BlobHead, wanted: readonly WantedSeries[], filter: Filter): Candidate[] {
  const found: Candidate[] = [];
  for (const [index, { kind, name }] of wanted.entries()) {
    if (name === everySeries) {
      if (head.entries > 0) found.push({ index, of: { head }, offset: 0, length: head.bodyBytes });
      continue;
    }
    for (const origin of origins) {
      if (!admits(filter, kind, origin)) continue;
      const hash = hashSeries(placeOf({ kind, origin }), name);
      for (const entry of entriesOf(head, hash)) found.push({ index, of: { origin }, ...entrySpan(head, entry) });
    }
  }
  return found;
}

/** Merges bytes into the accumulator of their series in `into`, except records of other series. */
export function mergeCandidate(
  bytes: Buffer,
  { index, of }: Candidate,
  wanted: readonly WantedSeries[],
  filter: Filter,
  into: (AnySeries | null)[],
): void {
  const series = wanted[index];
  if (series === undefined) return;
  const { kind, name } = series;
  if ("origin" in of) {
    const reader = new ByteReader(bytes);
    if (reader.varint() !== placeOf({ kind, origin: of.origin }) || reader.text() !== name) return;
    (into[index] ??= createSeries[kind]()).mergeEncoded(reader);
    return;
  }
  for (let entry = 0; entry < of.head.entries; entry += 1) {
    const { offset, length } = entrySpan(of.head, entry);
    const reader = new ByteReader(bytes.subarray(offset, offset + length));
    const place = placeFrom(reader.varint());
    if (place?.kind !== kind || !admits(filter, kind, place.origin)) continue;
    reader.text();
    (into[index] ??= createSeries[kind]()).mergeEncoded(reader);
  }
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
    mergeCandidate(opened.body.subarray(offset, offset + length), candidate, wanted, filter, into);
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
