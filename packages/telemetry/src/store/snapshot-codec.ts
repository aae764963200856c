import { crc32 } from "node:zlib";
import { ByteReader, ByteWriter } from "@weir/core/sketches/bytes";
import type { Origin } from "@weir/core/scope";
import type { MetricSnapshot } from "./snapshot";
import { type Kind, kinds } from "../series/kinds";
import { origins } from "../series/series-table";
import type { NodeState } from "../record/node-state";
import { type OutcomeCounts, outcomeNames } from "@weir/core/outcomes";

/** The header fields set by the writer of a blob; the rest follows from the snapshot. */
export type NewHeader = Pick<SnapshotHeader, "writtenAtMs" | "dropped"> & Partial<SnapshotHeader>;

/** A blob in its two parts: the totals with the series directory, and the series. */
export type BlobParts = { header: SnapshotHeader; counts: readonly Counted[]; head: Buffer; body: Buffer };
type Counted = readonly [Origin, SlotCounts];

/** All records, in the order they were added, with their sort keys. */
class Records {
  readonly #writer = new ByteWriter(16_384);
  readonly #hashes: number[] = [];
  readonly #offsets: number[] = [];

  add(kind: Kind, origin: Origin, table: MetricSnapshot["tables"][Kind]): void {
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

  /** The records sorted by hash, then by bytes, so that the order of adding does not matter. */
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
 * Encodes a snapshot as the two parts of a blob. The same counts give the same bytes in any order of counting, provided
 * that the series themselves do.
 */
export function encodeParts(snapshot: MetricSnapshot, given: NewHeader): BlobParts {
  const records = new Records();
  const counts: Counted[] = [];
  for (const origin of origins) {
    if (kinds.every((kind) => snapshot.tables[kind].of(origin).size === 0)) continue;
    for (const kind of kinds) records.add(kind, origin, snapshot.tables[kind]);
    counts.push([origin, countSnapshot(snapshot, origin)]);
  }
  const header: SnapshotHeader = {
    recorded: snapshot.recorded,
    capped: snapshot.capped,
    reports: 1,
    undecodable: 0,
    state: null,
    nodes: [],
    ...given,
  };
  const { entries, body } = records.sorted();
  return { header, counts, head: encodeHead({ header, counts, entries, body }), body };
}

/** The summary of a blob: a head without a directory. It is stored beside the blob and read instead of it. */
export function encodeSummary({ header, counts }: BlobParts, state: SnapshotHeader["state"]): Buffer {
  return encodeHead({ header: { ...header, state }, counts, entries: [], body: Buffer.alloc(0) });
}

/**
 * Encodes a snapshot as a blob: a head with its own checksum (version, header, totals per origin, a directory sorted by
 * hash), then the series in directory order. A node without traffic writes about thirty bytes, which show that
 * it was alive.
 */
export function encodeSnapshot(snapshot: MetricSnapshot, header: NewHeader): Buffer {
  const { head, body } = encodeParts(snapshot, header);
  return Buffer.concat([head, body]);
}

/** The origins to include, and the kinds to include regardless of origin. */
export type Filter = { origins: ReadonlySet<Origin>; kinds?: ReadonlySet<Kind> };

export function admits(filter: Filter, kind: Kind, origin: Origin): boolean {
  return filter.origins.has(origin) || filter.kinds?.has(kind) === true;
}

/** A blob with valid checksums; null if it is damaged, truncated or of another version. */
export function openBlob(blob: Buffer): { head: BlobHead; body: Buffer } | null {
  const head = readHead(blob);
  if (head === null) return null;
  const body = blob.subarray(head.bytes);
  return body.length === head.bodyBytes && crc32(body) === head.bodyCrc ? { head, body } : null;
}

/**
 * Merges the requested series of a body into `target`, without its `recorded` and `dropped`: all of
 * them, or those at directory positions `from` (inclusive) to `before` (exclusive).
 */
export function mergeBody(
  head: BlobHead,
  body: Buffer,
  target: MetricSnapshot,
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
 * Merges the requested series of a blob into `target`. Null, with `target` untouched, if the blob is damaged or of
 * another version.
 */
export function mergeEncodedSnapshot(blob: Buffer, target: MetricSnapshot, filter: Filter): SnapshotHeader | null {
  const opened = openBlob(blob);
  if (opened === null) return null;
  mergeBody(opened.head, opened.body, target, filter);
  return opened.head.header;
}

/** Incremented with every change of the layout. Nodes of two versions may share a Redis and ignore each other's blobs. */
const version = 2;
/** Version, CRC-32 of the rest of the head, length of that rest. */
const preludeBytes = 9;
const entryBytes = 8;

/** A process or node that contributed to a blob. */
export type NodeSeen = {
  id: string;
  lastSeenMs: number;
  /** It shut down cleanly. */
  stopped: boolean;
};

export type SnapshotHeader = {
  /** The node's wall clock when it wrote, in milliseconds; the latest of several nodes. */
  writtenAtMs: number;
  /** Messages recorded in this slot. */
  recorded: number;
  /** Messages dropped in this slot. */
  dropped: number;
  /** Messages counted under "(other)" because the maximum number of names or bytes was reached. */
  capped: number;
  /** Process blobs merged into this one; one for a process blob. */
  reports: number;
  /** Blobs that were unreadable when merged. */
  undecodable: number;
  /** The state of the process. */
  state: NodeState | null;
  /** For a merged blob: the nodes it was merged from. */
  nodes: readonly NodeSeen[];
};

export type Place = { kind: Kind; origin: Origin };
export type HeadEntry = { hash: number; offset: number };

export type BlobHead = {
  header: SnapshotHeader;
  /** For each origin with any activity. */
  counts: ReadonlyMap<Origin, SlotCounts>;
  bodyBytes: number;
  bodyCrc: number;
  /** The series directory: hash and offset, eight bytes each, in ascending order of both. */
  directory: Buffer;
  /** Number of series. */
  entries: number;
  /** Bytes of the head within the blob. */
  bytes: number;
};

const maxKinds = 32;

/** Kind and origin in one byte. */
export function placeOf({ kind, origin }: Place): number {
  return origins.indexOf(origin) * maxKinds + kinds.indexOf(kind);
}

/** Null for a kind or origin that only a newer node knows. */
export function placeFrom(byte: number): Place | null {
  const kind = kinds[byte % maxKinds];
  const origin = origins[Math.floor(byte / maxKinds)];
  return kind === undefined || origin === undefined ? null : { kind, origin };
}

/** FNV-1a over the place and the name's UTF-16 units. Part of the stored format. */
export function hashSeries(place: number, name: string): number {
  let hash = Math.imul(0x811c9dc5 ^ place, 0x01000193);
  for (let index = 0; index < name.length; index += 1) {
    hash = Math.imul(hash ^ name.charCodeAt(index), 0x01000193);
  }
  return hash >>> 0;
}

export type NewHead = {
  header: SnapshotHeader;
  counts: Iterable<readonly [Origin, SlotCounts]>;
  /** Sorted by hash, which is also the order of the offsets. */
  entries: readonly HeadEntry[];
  body: Buffer;
};

function encodeHead({ header, counts, entries, body }: NewHead): Buffer {
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
  for (const [origin, sums] of counted) {
    writer.varint(origins.indexOf(origin));
    writeCounts(writer, sums);
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

/** The head of a blob, or a head on its own; null if damaged or of another version. */
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
    const sums = readCounts(reader);
    if (origin !== undefined) counts.set(origin, sums);
  }
  const [bodyBytes, bodyCrc] = [reader.varint(), reader.varint()];
  const directory = rest.subarray(rest.length - reader.left);
  if (directory.length % entryBytes !== 0) throw new RangeError("invalid directory length");
  const header = { writtenAtMs, recorded, dropped, capped, reports, undecodable, state, nodes };
  const entries = directory.length / entryBytes;
  return { header, counts, bodyBytes, bodyCrc, directory, entries, bytes };
}

function parseState(json: string): NodeState | null {
  // The checksum guarantees that a node of this version wrote these bytes.
  return json === "" ? null : (JSON.parse(json) as NodeState);
}

function entryHash({ directory }: BlobHead, index: number): number {
  return directory.readUInt32LE(index * entryBytes);
}

/** The location of a series in the body. */
export function entrySpan(head: BlobHead, index: number): { offset: number; length: number } {
  const offset = head.directory.readUInt32LE(index * entryBytes + 4);
  const end = index + 1 < head.entries ? head.directory.readUInt32LE((index + 1) * entryBytes + 4) : head.bodyBytes;
  return { offset, length: end - offset };
}

/** Every entry with this hash, found by binary search. */
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

/** The totals of one slot over all its series. */
export type SlotCounts = { outcomes: OutcomeCounts; calls: number; errors: number; statements: number };

export function noCounts(): SlotCounts {
  const outcomes = { hitL1: 0, hitL2: 0, coalesced: 0, stale: 0, negative: 0, miss: 0, error: 0, bypass: 0 };
  return { outcomes, calls: 0, errors: 0, statements: 0 };
}

/** The totals of one origin. */
export function countSnapshot(snapshot: MetricSnapshot, origin: Origin): SlotCounts {
  const counts = noCounts();
  for (const series of snapshot.tables.cache.of(origin).values()) series.addOutcomes(counts.outcomes);
  for (const series of snapshot.tables.sql.of(origin).values()) counts.statements += series.count;
  for (const series of snapshot.tables.rpc.of(origin).values()) {
    counts.calls += series.count;
    counts.errors += series.faults;
  }
  return counts;
}

export function addCounts(target: SlotCounts, more: SlotCounts): void {
  for (const name of outcomeNames) target.outcomes[name] += more.outcomes[name];
  target.calls += more.calls;
  target.errors += more.errors;
  target.statements += more.statements;
}

/** Stored by position: add a new count at the end. */
function toPlaces({ outcomes, calls, errors, statements }: SlotCounts): number[] {
  const { hitL1, hitL2, coalesced, stale, negative, miss, error, bypass } = outcomes;
  return [calls, errors, statements, hitL1, hitL2, coalesced, stale, negative, miss, error, bypass];
}

/** Appends the number of values, then the values up to the last non-zero one. */
function writeCounts(writer: ByteWriter, counts: SlotCounts): void {
  const places = toPlaces(counts);
  const end = places.findLastIndex((count) => count > 0) + 1;
  writer.varint(end);
  for (const count of places.slice(0, end)) writer.varint(count);
}

/** Reads the output of `writeCounts`. Throws a RangeError if the bytes end early. */
function readCounts(reader: ByteReader): SlotCounts {
  const [calls, errors, statements, hitL1, hitL2, coalesced, stale, negative, miss, error, bypass] = Array.from(
    { length: reader.varint() },
    () => reader.varint(),
  );
  const outcomes = { hitL1, hitL2, coalesced, stale, negative, miss, error, bypass };
  const counts = noCounts();
  for (const name of outcomeNames) counts.outcomes[name] = outcomes[name] ?? 0;
  return { outcomes: counts.outcomes, calls: calls ?? 0, errors: errors ?? 0, statements: statements ?? 0 };
}
