import { crc32 } from "node:zlib";
import { ByteReader, ByteWriter } from "@weir/core/sketches/bytes";
import type { Origin } from "@weir/core/scope";
import { type Kind, kinds } from "./kinds";
import type { NodeState } from "./node-state";
import { origins } from "./series-table";
import { readCounts, type SlotCounts, writeCounts } from "./slot-counts";

/** Raised with every change of the layout; nodes of two versions may share a Redis, and skip each other's blobs. */
const version = 2;
/** Version, CRC-32 of the rest of the head, length of that rest. */
const preludeBytes = 9;
const entryBytes = 8;

/** A process or node that is in a blob. */
export type NodeSeen = {
  id: string;
  lastSeenMs: number;
  /** It said goodbye: it stopped in good order. */
  stopped: boolean;
};

export type BookHeader = {
  /** Wall clock of the node when it wrote, in milliseconds; of several nodes the latest. */
  writtenAtMs: number;
  /** Messages recorded in this span. */
  recorded: number;
  /** Messages left out in this span. */
  dropped: number;
  /** Messages counted under "(other)": their kind had no place, or the blob no bytes, for another name. */
  capped: number;
  /** Blobs of one process each that it was merged from; one for such a blob. */
  reports: number;
  /** Blobs that could not be read when it was merged. */
  undecodable: number;
  /** What the process says of itself. */
  state: NodeState | null;
  /** Of a merged blob: whose blobs they were. */
  nodes: readonly NodeSeen[];
};

export type Place = { kind: Kind; origin: Origin };
export type HeadEntry = { hash: number; offset: number };

export type BlobHead = {
  header: BookHeader;
  /** Of each origin that did anything. */
  counts: ReadonlyMap<Origin, SlotCounts>;
  bodyBytes: number;
  bodyCrc: number;
  /** Where the series are: eight bytes each, hash and offset, in the order of both. */
  directory: Buffer;
  /** How many series there are. */
  entries: number;
  /** Bytes of the head within the blob. */
  bytes: number;
};

const mostKinds = 32;

/** Kind and origin in one byte. */
export function placeOf({ kind, origin }: Place): number {
  return origins.indexOf(origin) * mostKinds + kinds.indexOf(kind);
}

/** Null for a kind or origin that a newer node knows. */
export function placeFrom(byte: number): Place | null {
  const kind = kinds[byte % mostKinds];
  const origin = origins[Math.floor(byte / mostKinds)];
  return kind === undefined || origin === undefined ? null : { kind, origin };
}

/** FNV-1a over the place and the name's UTF-16 units. It is part of what is stored. */
export function hashSeries(place: number, name: string): number {
  let hash = Math.imul(0x811c9dc5 ^ place, 0x01000193);
  for (let index = 0; index < name.length; index += 1) {
    hash = Math.imul(hash ^ name.charCodeAt(index), 0x01000193);
  }
  return hash >>> 0;
}

export type NewHead = {
  header: BookHeader;
  counts: Iterable<readonly [Origin, SlotCounts]>;
  /** In the order of the hashes, which is also that of the offsets. */
  entries: readonly HeadEntry[];
  body: Buffer;
};

export function encodeHead({ header, counts, entries, body }: NewHead): Buffer {
  const writer = new ByteWriter(256 + entries.length * entryBytes);
  const { writtenAtMs, recorded, dropped, capped, reports, undecodable } = header;
  for (const figure of [writtenAtMs, recorded, dropped, capped, reports, undecodable]) writer.varint(figure);
  writer.text(header.state === null ? "" : JSON.stringify(header.state));
  writer.varint(header.nodes.length);
  for (const { id, lastSeenMs, stopped } of header.nodes) {
    writer.text(id);
    writer.varint(lastSeenMs * 2 + (stopped ? 1 : 0));
  }
  const counted = [...counts];
  writer.varint(counted.length);
  for (const [origin, figures] of counted) {
    writer.varint(origins.indexOf(origin));
    writeCounts(writer, figures);
  }
  writer.varint(body.length);
  writer.varint(crc32(body));
  const directory = Buffer.allocUnsafe(entries.length * entryBytes);
  for (const [index, { hash, offset }] of entries.entries()) {
    directory.writeUInt32LE(hash, index * entryBytes);
    directory.writeUInt32LE(offset, index * entryBytes + 4);
  }
  writer.raw(directory);
  const rest = writer.view();
  const head = Buffer.allocUnsafe(preludeBytes + rest.length);
  head.writeUInt8(version, 0);
  head.writeUInt32LE(rest.length, 5);
  head.set(rest, preludeBytes);
  head.writeUInt32LE(crc32(head.subarray(5)), 1);
  return head;
}

/** The head of a blob, or of a head by itself; null when it is of another version or damaged. */
export function readHead(blob: Buffer): BlobHead | null {
  if (blob.length < preludeBytes || blob.readUInt8(0) !== version) return null;
  const bytes = preludeBytes + blob.readUInt32LE(5);
  if (bytes > blob.length || crc32(blob.subarray(5, bytes)) !== blob.readUInt32LE(1)) return null;
  try {
    return readFields(blob.subarray(preludeBytes, bytes), bytes);
  } catch {
    return null;
  }
}

function readFields(rest: Buffer, bytes: number): BlobHead {
  const reader = new ByteReader(rest);
  const [writtenAtMs, recorded, dropped] = [reader.varint(), reader.varint(), reader.varint()];
  const [capped, reports, undecodable] = [reader.varint(), reader.varint(), reader.varint()];
  const state = parseState(reader.text());
  const nodes = Array.from({ length: reader.varint() }, (): NodeSeen => {
    const id = reader.text();
    const seen = reader.varint();
    return { id, lastSeenMs: Math.floor(seen / 2), stopped: seen % 2 === 1 };
  });
  const counts = new Map<Origin, SlotCounts>();
  for (let left = reader.varint(); left > 0; left -= 1) {
    const origin = origins[reader.varint()];
    const figures = readCounts(reader);
    if (origin !== undefined) counts.set(origin, figures);
  }
  const [bodyBytes, bodyCrc] = [reader.varint(), reader.varint()];
  const directory = rest.subarray(rest.length - reader.left);
  if (directory.length % entryBytes !== 0) throw new RangeError("a directory of odd length");
  const header = { writtenAtMs, recorded, dropped, capped, reports, undecodable, state, nodes };
  const entries = directory.length / entryBytes;
  return { header, counts, bodyBytes, bodyCrc, directory, entries, bytes };
}

function parseState(json: string): NodeState | null {
  // The bytes are those that a node of this version wrote, by their checksum.
  return json === "" ? null : (JSON.parse(json) as NodeState);
}

function entryHash({ directory }: BlobHead, index: number): number {
  return directory.readUInt32LE(index * entryBytes);
}

/** Where a series lies in the body. */
export function entrySpan(head: BlobHead, index: number): { offset: number; length: number } {
  const offset = head.directory.readUInt32LE(index * entryBytes + 4);
  const end = index + 1 < head.entries ? head.directory.readUInt32LE((index + 1) * entryBytes + 4) : head.bodyBytes;
  return { offset, length: end - offset };
}

/** Every entry with this hash, found by bisection. */
export function* entriesOf(head: BlobHead, hash: number): Iterable<number> {
  let low = 0;
  let high = head.entries;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (entryHash(head, middle) < hash) low = middle + 1;
    else high = middle;
  }
  for (; low < head.entries && entryHash(head, low) === hash; low += 1) yield low;
}
