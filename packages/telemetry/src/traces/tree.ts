import { readOutcomes, type Trace, traceKinds, type TraceSpan } from "./types";
import { findRepeats } from "@weir/core/repeats";
import { type Scope, traceOf } from "@weir/core/scope";
import type { Candidate } from "./keeper";
import type { SpanCell } from "./recording";

const maxParameterLength = 1_000;
const maxParameters = 20;

/** A cell in the tree. Times are whole microseconds of `performance.now()`, as stored. */
type Node = {
  readonly cell: SpanCell;
  readonly startUs: number;
  readonly endUs: number;
  /** Order by start; of two that started together, the one that ended last comes first. */
  order: number;
  readonly children: Node[];
};

const toUs = (ms: number): number => Math.round(ms * 1_000);

function nodesOf(cells: Iterable<SpanCell>): Node[] {
  const nodes = Array.from(cells, (cell): Node => {
    const startUs = toUs(cell.endMs - cell.durationMs);
    return { cell, startUs, endUs: toUs(cell.endMs), order: 0, children: [] };
  });
  nodes.sort((a, b) => a.startUs - b.startUs || b.endUs - a.endUs);
  for (const [order, node] of nodes.entries()) node.order = order;
  return nodes;
}

/** The innermost of `candidates` around a node, which is the one that started last. A later start encloses nothing. */
function innermost(node: Node, candidates: readonly Node[]): Node | null {
  let best: Node | null = null;
  for (const outer of candidates) {
    if (outer.order < node.order && node.endUs <= outer.endUs && outer.order > (best?.order ?? -1)) best = outer;
  }
  return best;
}

/** Whether a read went past memory, so that it may have child spans. */
const readPastMemory = ({ cell: { detail, tier } }: Node): boolean => tier !== "l1" && detail !== "coalesced";

/** The nodes of one recording, grouped by what they can be parents of. */
class Family {
  readonly #calls: readonly Node[];
  readonly #reads: readonly Node[];
  readonly #loads: readonly Node[];

  constructor(nodes: readonly Node[]) {
    this.#calls = nodes.filter(({ cell }) => cell.kind === "procedure");
    this.#reads = nodes.filter((node) => node.cell.kind === "cache" && readPastMemory(node));
    this.#loads = nodes.filter(({ cell }) => cell.kind === "load");
  }

  /**
   * The parent span of a node; null for the request itself. Decided by scope, then by time:
   *
   * - Call: the one whose counts the scope carries. Without them, the innermost in time among calls of the scope's
   *   procedure. With telemetry disabled, two calls of one procedure in a batch may be confused.
   * - Load: runs in its own scope, so messages published in that scope belong to it. If a definition loads several keys
   *   one by one (`getMany` without `loadMany`), up to eight loads share the scope, and the enclosing one that started
   *   last is chosen, so a statement may appear under its neighbour. A read that bypasses the cache loads in the scope of
   *   the call, so concurrent work of the call appears under the load.
   * - Read: parent of the loads of its group and of the Redis commands that it encloses in time. When several reads run
   *   at once, as in `getMany`, one of them is chosen: the load is for all.
   * - Shared statements and commands appear in the trace of each request, under its own load or read, with the number of
   *   requests they were for.
   */
  parentOf(node: Node): Node | null {
    const { cell } = node;
    if (cell.kind === "procedure" || cell.kind === "serialise" || cell.scope === null) return null;
    const within = (one: Node): boolean => one.cell.scope === cell.scope;
    if (cell.kind === "load") {
      const reads = this.#reads.filter(
        ({ cell: { name, scope } }) => name === cell.name && isOfOneCall(scope, cell.scope),
      );
      return innermost(node, reads) ?? this.#callOf(node);
    }
    const reads = cell.kind === "redis" ? this.#reads.filter(within) : [];
    return innermost(node, reads) ?? innermost(node, this.#loads.filter(within)) ?? this.#callOf(node);
  }

  #callOf({ cell, startUs }: Node): Node | null {
    const isDuring = (call: Node): boolean => call.startUs <= startUs && startUs <= call.endUs;
    const { counts = null, procedure = null } = cell.scope ?? {};
    if (counts !== null) {
      const own = this.#calls.filter((call) => call.cell.scope?.counts === counts);
      // The object is reused after its call ends; then times tell the calls apart.
      if (own.length > 0) return own.find(isDuring) ?? own[0] ?? null;
    }
    return this.#calls.findLast((call) => call.cell.name === procedure && isDuring(call)) ?? null;
  }
}

function isOfOneCall(a: Scope | null, b: Scope | null): boolean {
  if (a === null || b === null) return a === b;
  return a.counts === undefined || a.counts === null ? a.procedure === b.procedure : a.counts === b.counts;
}

function shorten(value: unknown): string {
  const text = typeof value === "string" ? value : ((JSON.stringify(value) as string | undefined) ?? String(value));
  return text.length > maxParameterLength ? `${text.slice(0, maxParameterLength)}…` : text;
}

/** The attributes of a cell besides its time. */
function attributesOf(cell: SpanCell): Partial<TraceSpan> {
  const shared = cell.shared > 1 ? { shared: cell.shared } : {};
  switch (cell.kind) {
    case "procedure":
      return cell.detail === null ? {} : { errorCode: cell.detail };
    case "cache": {
      const outcome = readOutcomes.find((name) => name === cell.detail);
      return { ...(outcome === undefined ? {} : { outcome }), ...(cell.tier === null ? {} : { tier: cell.tier }) };
    }
    case "load":
      return { keys: cell.amount, ...(cell.background ? { background: true } : {}) };
    case "statement": {
      const parameters = cell.parameters?.slice(0, maxParameters).map(shorten);
      return { rows: cell.amount, ...shared, ...(parameters === undefined ? {} : { parameters }) };
    }
    case "serialise":
      return { bytes: cell.amount };
    case "pool":
    case "redis":
      return shared;
    case "compute":
    case "request":
      return {};
  }
}

/** Rounded to microseconds. */
const rounded = (ms: number): number => toUs(ms) / 1_000;

/** Depth first, so that parents come before children; children are ordered by start. */
function* inOrder(nodes: readonly Node[], parent: number): Generator<{ node: Node; parent: number }, void> {
  let next = parent + 1;
  for (const node of nodes) {
    yield { node, parent };
    const at = next;
    next += 1;
    for (const inner of inOrder(node.children, at)) {
      yield inner;
      next += 1;
    }
  }
}

/** The request as a tree, each span before its children. Does not change the recording. */
export function buildTrace({ recording, request, kinds, ...ended }: Candidate, nodeId: string): Trace {
  const { calls, durationMs, endedAtMs, endMs } = ended;
  const beganUs = toUs(endMs - durationMs);
  const nodes = nodesOf(recording.cells(endMs));
  const family = new Family(nodes);
  const top: Node[] = [];
  for (const node of nodes) (family.parentOf(node)?.children ?? top).push(node);
  const texts: Record<string, string> = {};
  const procedure = recording.procedure ?? "";
  const { errorCode, origin } = recording;
  const ok = errorCode === null;
  const name = calls > 1 ? `batch of ${calls}` : procedure;
  const spans: TraceSpan[] = [{ kind: "request", name, parent: null, startMs: 0, durationMs: rounded(durationMs), ok }];
  for (const { node, parent } of inOrder(top, 0)) {
    const { cell, startUs, endUs } = node;
    if (cell.kind === "statement" && cell.detail !== null) texts[cell.name] ??= cell.detail;
    spans.push({
      kind: cell.kind,
      name: cell.name,
      parent,
      startMs: Math.max(0, startUs - beganUs) / 1_000,
      durationMs: (endUs - startUs) / 1_000,
      ok: cell.ok,
      ...attributesOf(cell),
    });
  }
  const repeats = findRepeats(spans);
  if (repeats.length > 0) kinds.add("repeated");
  else kinds.delete("repeated");
  const { traceId, spanId, parentSpanId, sampled } = traceOf(request);
  const startedAtMs = rounded(endedAtMs - durationMs);
  const isOfGathered = ({ cell }: Node): boolean => cell.kind === "statement" && (cell.scope?.batch ?? null) !== null;
  const ofGathered = nodes.filter(isOfGathered).length;
  const seen = nodes.filter(({ cell }) => cell.kind === "procedure").length;
  return {
    id: traceId,
    requestId: request.id,
    nodeId,
    origin,
    at: new Date(startedAtMs).toISOString(),
    startedAtMs,
    durationMs: rounded(durationMs),
    procedure,
    calls,
    callsAtHand: Math.max(0, calls - Math.max(1, seen)),
    ok,
    errorCode,
    kinds: traceKinds.filter((kind) => kinds.has(kind)),
    statements: recording.statements + ofGathered,
    repeats,
    spanId,
    parentSpanId,
    isSampledByCaller: sampled,
    spans,
    omitted: recording.omitted,
    texts,
  };
}
