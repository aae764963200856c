import {
  type BlobParts,
  type SnapshotHeader,
  encodeParts,
  type Filter,
  mergeBody,
  type NewHeader,
  type NodeSeen,
  openBlob,
} from "./snapshot-codec";
import { MetricSnapshot } from "./snapshot";
import type { Yielder } from "../yielder";
import { origins, otherSeries } from "../series/series-table";
import { ByteWriter } from "@weir/core/sketches/bytes";
import type { Origin } from "@weir/core/scope";
import { type Kind, kinds } from "../series/kinds";

/** Maximum names in a merged blob; further names are counted under "(other)". */
export const mergedSeries = 1_000;
/** Maximum node IDs in a merged blob, newest first: each restart may add one. */
const maxNodes = 200;
/** Series decoded between clock checks; this many take about half a millisecond. */
const seriesPerStep = 64;

const everything: Filter = { origins: new Set(origins) };

/** Merges the requested series of a blob, yielding to other work. Null for an unreadable blob. */
export async function mergeInSteps(
  blob: Buffer,
  target: MetricSnapshot,
  filter: Filter,
  yielder: Yielder,
): Promise<SnapshotHeader | null> {
  const opened = openBlob(blob);
  if (opened === null) return null;
  const { head, body } = opened;
  for (let from = 0; from < head.entries; from += seriesPerStep) {
    mergeBody(head, body, target, filter, from, from + seriesPerStep);
    await yielder.pause();
  }
  return head.header;
}

/** Sums the headers of blobs. */
export class HeaderSum {
  #writtenAtMs = 0;
  #recorded = 0;
  #dropped = 0;
  #reports = 0;
  #undecodable = 0;
  readonly #nodes = new Map<string, NodeSeen>();

  add(header: SnapshotHeader, nodes: readonly NodeSeen[] = header.nodes): void {
    this.#writtenAtMs = Math.max(this.#writtenAtMs, header.writtenAtMs);
    this.#recorded += header.recorded;
    this.#dropped += header.dropped;
    this.#reports += header.reports;
    this.#undecodable += header.undecodable;
    for (const node of nodes) this.#see(node);
  }

  addUndecodable(): void {
    this.#undecodable += 1;
  }

  /** By ID. */
  get nodes(): NodeSeen[] {
    const newest = [...this.#nodes.values()].toSorted((a, b) => b.lastSeenMs - a.lastSeenMs || byId(a, b));
    return newest.slice(0, maxNodes).toSorted(byId);
  }

  get sum(): Omit<SnapshotHeader, "capped" | "state" | "nodes"> & { nodes: NodeSeen[] } {
    return {
      writtenAtMs: this.#writtenAtMs,
      recorded: this.#recorded,
      dropped: this.#dropped,
      reports: this.#reports,
      undecodable: this.#undecodable,
      nodes: this.nodes,
    };
  }

  /** Of two processes of one node, the one that wrote last determines whether the node stopped. */
  #see(node: NodeSeen): void {
    const known = this.#nodes.get(node.id);
    if (known === undefined || known.lastSeenMs < node.lastSeenMs) this.#nodes.set(node.id, node);
    else if (known.lastSeenMs === node.lastSeenMs && known.stopped && !node.stopped) this.#nodes.set(node.id, node);
  }
}

const byId = (a: NodeSeen, b: NodeSeen): number => (a.id < b.id ? -1 : a.id > b.id ? 1 : 0);

/** A blob to merge. `node` is omitted for a blob that is itself merged and lists its nodes. */
export type MergeInput = { blob: Buffer; node?: Omit<NodeSeen, "lastSeenMs"> };

/**
 * Merges blobs into one of at most `maxBytes`. The same blobs in the same order give the same bytes. Null if none of
 * them is readable.
 */
export async function mergeBlobs(
  inputs: readonly MergeInput[],
  { maxBytes, yielder }: { maxBytes: number; yielder: Yielder },
): Promise<BlobParts | null> {
  const snapshot = new MetricSnapshot(mergedSeries);
  const headers = new HeaderSum();
  for (const { blob, node } of inputs) {
    const header = await mergeInSteps(blob, snapshot, everything, yielder);
    if (header === null) headers.addUndecodable();
    else if (node === undefined) headers.add(header);
    else headers.add(header, [{ ...node, lastSeenMs: header.writtenAtMs }]);
  }
  const { sum } = headers;
  return sum.reports === 0 ? null : encodeWithin(snapshot, sum, maxBytes);
}

/** Target sizes of the first and further attempts, as a share of the limit. */
const targets = [0.9, 0.7, 0.4, 0];

const bytesOf = ({ head, body }: BlobParts): number => head.length + body.length;
const keyOf = (kind: Kind, origin: Origin, name: string): string => `${kind} ${origin} ${name}`;

/** The keys of the series to fold so that the rest takes about `bytes`, least counted first. */
function choose(snapshot: MetricSnapshot, bytes: number): Set<string> {
  const writer = new ByteWriter();
  const candidates: { key: string; count: number; bytes: number }[] = [];
  let left = 0;
  for (const kind of kinds) {
    for (const origin of origins) {
      for (const [name, series] of snapshot.tables[kind].of(origin)) {
        if (series.isEmpty) continue;
        writer.clear();
        series.write(writer);
        // Plus its name and its directory entry.
        const size = writer.length + name.length + 12;
        left += size;
        if (name !== otherSeries) candidates.push({ key: keyOf(kind, origin, name), count: series.count, bytes: size });
      }
    }
  }
  candidates.sort((a, b) => a.count - b.count || (a.key < b.key ? -1 : 1));
  const chosen = new Set<string>();
  for (const { key, bytes: size } of candidates) {
    if (left <= bytes) break;
    chosen.add(key);
    left -= size;
  }
  return chosen;
}

/**
 * Encodes a snapshot in at most `maxBytes`: as many of the least counted series as necessary are counted under
 * "(other)" of their kind and reported in `capped`. Nothing is lost unless even that is too large; then everything is
 * counted as dropped. Does not change the snapshot.
 */
export function encodeWithin(snapshot: MetricSnapshot, header: NewHeader, maxBytes: number): BlobParts {
  const whole = encodeParts(snapshot, header);
  if (bytesOf(whole) <= maxBytes) return whole;
  for (const target of targets) {
    const shed = choose(snapshot, target * maxBytes);
    const rest = new MetricSnapshot(Number.MAX_SAFE_INTEGER);
    rest.merge(snapshot, (kind, origin, name) => (shed.has(keyOf(kind, origin, name)) ? otherSeries : name));
    const parts = encodeParts(rest, header);
    if (bytesOf(parts) <= maxBytes) return parts;
  }
  const { recorded, dropped } = whole.header;
  return encodeParts(new MetricSnapshot(0), { ...header, recorded: 0, dropped: dropped + recorded });
}
