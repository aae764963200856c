import { crc32 } from "node:zlib";
import { ByteReader, ByteWriter } from "@weir/core/sketches/bytes";
import type { Origin } from "@weir/core/scope";
import {
  type BlobHead,
  type BookHeader,
  encodeHead,
  entrySpan,
  hashSeries,
  placeFrom,
  placeOf,
  readHead,
} from "./blob-head";
import type { Book } from "./book";
import { type Kind, kinds } from "./kinds";
import { origins } from "./series-table";
import { countBook, type SlotCounts } from "./slot-counts";

export type { BookHeader } from "./blob-head";

/** What the writer of a blob says; the rest of the header follows from the book. */
export type NewHeader = Pick<BookHeader, "writtenAtMs" | "dropped"> & Partial<BookHeader>;

/** A blob in its two parts: the figures of the whole with the places of the series, and the series. */
export type BlobParts = { header: BookHeader; counts: readonly Counted[]; head: Buffer; body: Buffer };
type Counted = readonly [Origin, SlotCounts];

/** All records, in the order in which they were written, with what they are sorted by. */
class Records {
  readonly #writer = new ByteWriter(16_384);
  readonly #hashes: number[] = [];
  readonly #offsets: number[] = [];

  add(kind: Kind, origin: Origin, table: Book["tables"][Kind]): void {
    const place = placeOf({ kind, origin });
    for (const [name, series] of table.of(origin)) {
      if (series.isEmpty) continue;
      this.#hashes.push(hashSeries(place, name));
      this.#offsets.push(this.#writer.length);
      this.#writer.varint(place);
      this.#writer.text(name);
      series.write(this.#writer);
    }
  }

  /** The records in the order of their hashes; of equal ones in the order of their bytes, whatever the order of adding. */
  sorted(): { entries: { hash: number; offset: number }[]; body: Buffer } {
    const bytes = this.#writer.view();
    const records = this.#hashes.map((hash, index) => ({
      hash,
      bytes: bytes.subarray(this.#offsets[index], this.#offsets[index + 1]),
    }));
    records.sort((a, b) => a.hash - b.hash || Buffer.compare(a.bytes, b.bytes));
    const body = Buffer.allocUnsafe(bytes.length);
    let offset = 0;
    const entries = records.map((record) => {
      const entry = { hash: record.hash, offset };
      body.set(record.bytes, offset);
      offset += record.bytes.length;
      return entry;
    });
    return { entries, body };
  }
}

/**
 * The blob of a book in its two parts. The same counts give the same bytes, in whatever order they were counted, as far
 * as the series themselves hold to that.
 */
export function encodeParts(book: Book, given: NewHeader): BlobParts {
  const records = new Records();
  const counts: Counted[] = [];
  for (const origin of origins) {
    if (kinds.every((kind) => book.tables[kind].of(origin).size === 0)) continue;
    for (const kind of kinds) records.add(kind, origin, book.tables[kind]);
    counts.push([origin, countBook(book, origin)]);
  }
  const header: BookHeader = {
    recorded: book.recorded,
    capped: book.capped,
    reports: 1,
    undecodable: 0,
    state: null,
    nodes: [],
    ...given,
  };
  const { entries, body } = records.sorted();
  return { header, counts, head: encodeHead({ header, counts, entries, body }), body };
}

/** What a blob says before its series: a head without a directory. It is stored beside the blob, and read instead of it. */
export function encodeNote({ header, counts }: BlobParts, state: BookHeader["state"]): Buffer {
  return encodeHead({ header: { ...header, state }, counts, entries: [], body: Buffer.alloc(0) });
}

/**
 * The blob of a book: a head with its own checksum (version, header, what each origin did in all, a directory sorted by
 * hash), then the series in the order of the directory. A node without traffic writes some thirty bytes, which say that
 * it was alive.
 */
export function encodeBook(book: Book, header: NewHeader): Buffer {
  const { head, body } = encodeParts(book, header);
  return Buffer.concat([head, body]);
}

/** Of which origins series are wanted, and of which kinds whatever their origin. */
export type Filter = { origins: ReadonlySet<Origin>; kinds?: ReadonlySet<Kind> };

export function admits(filter: Filter, kind: Kind, origin: Origin): boolean {
  return filter.origins.has(origin) || filter.kinds?.has(kind) === true;
}

/** A blob whose checksums hold; null for one of another version, a damaged one and a part of one. */
export function openBlob(blob: Buffer): { head: BlobHead; body: Buffer } | null {
  const head = readHead(blob);
  if (head === null) return null;
  const body = blob.subarray(head.bytes);
  return body.length === head.bodyBytes && crc32(body) === head.bodyCrc ? { head, body } : null;
}

/**
 * Merges the wanted ones of a body's series into `target`, which does not learn its `recorded` and `dropped`; all of
 * them, or those at the places from `from` to before `to`.
 */
export function mergeBody(
  head: BlobHead,
  body: Buffer,
  target: Book,
  filter: Filter,
  from = 0,
  to = head.entries,
): void {
  const end = Math.min(to, head.entries);
  for (let index = from; index < end; index += 1) {
    const { offset, length } = entrySpan(head, index);
    const reader = new ByteReader(body.subarray(offset, offset + length));
    const place = placeFrom(reader.varint());
    if (place !== null && admits(filter, place.kind, place.origin)) {
      target.tables[place.kind].at(place.origin, reader.text()).mergeEncoded(reader);
    }
  }
}

/**
 * Merges the wanted series of a blob into `target`. Null, and `target` untouched, when the blob is of another version
 * or damaged.
 */
export function mergeEncodedBook(blob: Buffer, target: Book, filter: Filter): BookHeader | null {
  const opened = openBlob(blob);
  if (opened === null) return null;
  mergeBody(opened.head, opened.body, target, filter);
  return opened.head.header;
}
