import { crc32 } from "node:zlib";
import { ByteReader, ByteWriter } from "@weir/core/sketches/bytes";
import type { Origin } from "@weir/core/scope";
import type { MetricSnapshot } from "./snapshot";
import { type Kind, kinds } from "../series/kinds";
import { origins } from "../series/series-table";
import type { NodeState } from "../record/node-state";
import { type OutcomeCounts, outcomeNames } from "@weir/core/outcomes";

/** What the writer of a blob says; the rest of the header follows from the snapshot. */
export type NewHeader = Pick<SnapshotHeader, "writtenAtMs" | "dropped"> & Partial<SnapshotHeader>;

/** A blob in its two parts: the figures of the whole with the places of the series, and the series. */
export type BlobParts = { header: SnapshotHeader; counts: readonly Counted[]; head: Buffer; body: Buffer };
type Counted = readonly [Origin, SlotCounts];

/** All records, in the order in which they were written, with what they are sorted by. */
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
 * The blob of a snapshot in its two parts. The same counts give the same bytes, in whatever order they were counted, as far
 * as the series themselves hold to that.
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

/** What a blob says before its series: a head without a directory. It is stored beside the blob, and read instead of it. */
export function encodeSummary({ header, counts }: BlobParts, state: SnapshotHeader["state"]): Buffer {
  return encodeHead({ header: { ...header, state }, counts, entries: [], body: Buffer.alloc(0) });
}

/**
 * The blob of a snapshot: a head with its own checksum (version, header, what each origin did in all, a directory sorted by
 * hash), then the series in the order of the directory. A node without traffic writes some thirty bytes, which say that
 * it was alive.
 */
export function encodeSnapshot(snapshot: MetricSnapshot, header: NewHeader): Buffer {
  const { head, body } = encodeParts(snapshot, header);
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
 * Merges the wanted series of a blob into `target`. Null, and `target` untouched, when the blob is of another version
 * or damaged.
 */
export function mergeEncodedSnapshot(blob: Buffer, target: MetricSnapshot, filter: Filter): SnapshotHeader | null {
  const opened = openBlob(blob);
  if (opened === null) return null;
  mergeBody(opened.head, opened.body, target, filter);
  return opened.head.header;
}

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

export type SnapshotHeader = {
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
  header: SnapshotHeader;
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

const maxKinds = 32;

/** Kind and origin in one byte. */
export function placeOf({ kind, origin }: Place): number {
  return origins.indexOf(origin) * maxKinds + kinds.indexOf(kind);
}

/** Null for a kind or origin that a newer node knows. */
export function placeFrom(byte: number): Place | null {
  const kind = kinds[byte % maxKinds];
  const origin = origins[Math.floor(byte / maxKinds)];
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
  header: SnapshotHeader;
  counts: Iterable<readonly [Origin, SlotCounts]>;
  /** In the order of the hashes, which is also that of the offsets. */
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

/** What one slot holds, over all its series. */
export type SlotCounts = { outcomes: OutcomeCounts; calls: number; errors: number; statements: number };

export function noCounts(): SlotCounts {
  const outcomes = { hitL1: 0, hitL2: 0, coalesced: 0, stale: 0, negative: 0, miss: 0, error: 0, bypass: 0 };
  return { outcomes, calls: 0, errors: 0, statements: 0 };
}

/** What one origin did. */
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

/** The places are part of what is stored: a new count goes to the end. */
function toPlaces({ outcomes, calls, errors, statements }: SlotCounts): number[] {
  const { hitL1, hitL2, coalesced, stale, negative, miss, error, bypass } = outcomes;
  return [calls, errors, statements, hitL1, hitL2, coalesced, stale, negative, miss, error, bypass];
}

/** Appends how many numbers follow, then the numbers up to the last one that is not zero. */
function writeCounts(writer: ByteWriter, counts: SlotCounts): void {
  const places = toPlaces(counts);
  const end = places.findLastIndex((count) => count > 0) + 1;
  writer.varint(end);
  for (const count of places.slice(0, end)) writer.varint(count);
}

/** Reads what `writeCounts` wrote. Throws a RangeError when the bytes end too early. */
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
