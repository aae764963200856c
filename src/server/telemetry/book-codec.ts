import { crc32 } from "node:zlib";
import { ByteReader, ByteWriter } from "@/shared/bytes";
import type { Origin } from "../scope";
import type { Book } from "./book";
import { origins, type Series, type SeriesTable } from "./series-table";

/** Raised with every change of the layout; nodes of two versions may share a Redis, and skip each other's blobs. */
const version = 1;
const headerBytes = 5;

export type BookHeader = {
  /** Wall clock of the node when it wrote, in milliseconds. */
  writtenAtMs: number;
  /** Messages left out in this span. */
  dropped: number;
};

function writeTable<Item extends Series<Item>>(writer: ByteWriter, table: SeriesTable<Item>, origin: Origin): void {
  const byName = table.of(origin);
  let used = 0;
  for (const series of byName.values()) if (series.count > 0) used += 1;
  writer.varint(used);
  for (const [name, series] of byName) {
    if (series.count === 0) continue;
    writer.text(name);
    series.write(writer);
  }
}

function mergeTable<Item extends Series<Item>>(reader: ByteReader, table: SeriesTable<Item>, origin: Origin): void {
  const used = reader.varint();
  for (let index = 0; index < used; index += 1) table.at(origin, reader.text()).mergeEncoded(reader);
}

/**
 * The blob of one node and slot: version, CRC-32 of the rest, header, then per origin its length and its three tables.
 * A node without traffic writes eleven bytes or so, which say that it was alive.
 */
export function encodeBook(book: Book, header: BookHeader): Buffer {
  const writer = new ByteWriter(4096);
  writer.varint(header.writtenAtMs);
  writer.varint(header.dropped);
  const section = new ByteWriter(4096);
  for (const [place, origin] of origins.entries()) {
    if (book.rpc.of(origin).size + book.sql.of(origin).size + book.cache.of(origin).size === 0) continue;
    section.clear();
    writeTable(section, book.rpc, origin);
    writeTable(section, book.sql, origin);
    writeTable(section, book.cache, origin);
    writer.varint(place);
    writer.varint(section.length);
    writer.raw(section.view());
  }
  const body = writer.view();
  const blob = Buffer.allocUnsafe(headerBytes + body.length);
  blob.writeUInt8(version, 0);
  blob.writeUInt32LE(crc32(body), 1);
  blob.set(body, headerBytes);
  return blob;
}

/**
 * Merges the wanted origins of a blob into `target`. Null, and `target` untouched, when the blob is of another version
 * or damaged.
 */
export function mergeEncodedBook(blob: Buffer, target: Book, wanted: ReadonlySet<Origin>): BookHeader | null {
  if (blob.length < headerBytes || blob.readUInt8(0) !== version) return null;
  const body = blob.subarray(headerBytes);
  if (crc32(body) !== blob.readUInt32LE(1)) return null;
  const reader = new ByteReader(body);
  const header = { writtenAtMs: reader.varint(), dropped: reader.varint() };
  while (!reader.done) {
    const origin = origins[reader.varint()];
    const section = reader.raw(reader.varint());
    if (origin === undefined || !wanted.has(origin)) continue;
    const tables = new ByteReader(section);
    mergeTable(tables, target.rpc, origin);
    mergeTable(tables, target.sql, origin);
    mergeTable(tables, target.cache, origin);
  }
  return header;
}
