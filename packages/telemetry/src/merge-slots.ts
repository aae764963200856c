import type { BookHeader, NodeSeen } from "./blob-head";
import { Book } from "./book";
import { type BlobParts, type Filter, mergeBody, openBlob } from "./book-codec";
import type { Breather } from "./breather";
import { origins } from "./series-table";
import { encodeWithin } from "./shed";

/** Names of all nodes together that have a row of their own; what is beyond is shown under "(other)". */
export const mergedSeries = 1_000;
/** Node ids that a merged blob names, the newest: each restart may bring another one. */
const mostNodes = 200;
/** Series between two looks at the clock; decoding so many takes about half a millisecond. */
const seriesPerStep = 64;

const everything: Filter = { origins: new Set(origins) };

/** Merges the wanted series of a blob, pausing so that other work goes on. Null for what cannot be read. */
export async function mergeCalmly(
  blob: Buffer,
  target: Book,
  filter: Filter,
  breather: Breather,
): Promise<BookHeader | null> {
  const opened = openBlob(blob);
  if (opened === null) return null;
  const { head, body } = opened;
  for (let from = 0; from < head.entries; from += seriesPerStep) {
    mergeBody(head, body, target, filter, from, from + seriesPerStep);
    await breather.pause();
  }
  return head.header;
}

/** Sums what blobs say of themselves. */
export class HeaderSum {
  #writtenAtMs = 0;
  #recorded = 0;
  #dropped = 0;
  #reports = 0;
  #undecodable = 0;
  readonly #nodes = new Map<string, NodeSeen>();

  add(header: BookHeader, nodes: readonly NodeSeen[] = header.nodes): void {
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

  /** By id. */
  get nodes(): NodeSeen[] {
    const newest = [...this.#nodes.values()].toSorted((a, b) => b.lastSeenMs - a.lastSeenMs || byId(a, b));
    return newest.slice(0, mostNodes).toSorted(byId);
  }

  get sum(): Omit<BookHeader, "capped" | "state" | "nodes"> & { nodes: NodeSeen[] } {
    return {
      writtenAtMs: this.#writtenAtMs,
      recorded: this.#recorded,
      dropped: this.#dropped,
      reports: this.#reports,
      undecodable: this.#undecodable,
      nodes: this.nodes,
    };
  }

  /** Of two processes of one node the one that wrote last tells whether it stopped. */
  #see(node: NodeSeen): void {
    const known = this.#nodes.get(node.id);
    if (known === undefined || known.lastSeenMs < node.lastSeenMs) this.#nodes.set(node.id, node);
    else if (known.lastSeenMs === node.lastSeenMs && known.stopped && !node.stopped) this.#nodes.set(node.id, node);
  }
}

const byId = (a: NodeSeen, b: NodeSeen): number => (a.id < b.id ? -1 : a.id > b.id ? 1 : 0);

/** A blob that takes part in a merge. `node` is left out for one that was merged itself and names its nodes. */
export type MergeInput = { blob: Buffer; node?: Omit<NodeSeen, "lastSeenMs"> };

/**
 * One blob of many, in at most `maxBytes`. The same blobs in the same order give the same bytes. Null when none of them
 * can be read.
 */
export async function mergeBlobs(
  inputs: readonly MergeInput[],
  { maxBytes, breather }: { maxBytes: number; breather: Breather },
): Promise<BlobParts | null> {
  const book = new Book(mergedSeries);
  const headers = new HeaderSum();
  for (const { blob, node } of inputs) {
    const header = await mergeCalmly(blob, book, everything, breather);
    if (header === null) headers.addUndecodable();
    else if (node === undefined) headers.add(header);
    else headers.add(header, [{ ...node, lastSeenMs: header.writtenAtMs }]);
  }
  const { sum } = headers;
  return sum.reports === 0 ? null : encodeWithin(book, sum, maxBytes);
}
