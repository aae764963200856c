import type { Origin } from "@weir/core/scope";
import { type BlobHead } from "./blob-head";
import { Book } from "./book";
import type { Filter } from "./book-codec";
import { Breather } from "./breather";
import { type Kind, kinds, type SeriesOf } from "./kinds";
import { HeaderSum, mergeCalmly, mergedSeries } from "./merge-slots";
import { nodesOf } from "./node-slots";
import { bucketOf, cutRange, type Held, partsOf, type Plan, type Range } from "./plan-range";
import { Attempt, cellsOf, marksOf, planRange, readHeld, type Sources, startsOf, sumMissing } from "./range-sources";
import type { RangeRequest, TelemetryTotals } from "./reader-types";
import { origins } from "./series-table";
import { addCounts, noCounts, type SlotCounts } from "./slot-counts";
import { hourMs } from "./tiers";

/** Between two turns of the event loop. */
export const longestHoldMs = 4;
/** What a process does of its own accord has no asker. */
const askedByNobody: ReadonlySet<Kind> = new Set(["job", "pool", "process", "observer"]);

export function toFilter(wanted: readonly Origin[]): Filter {
  return { origins: new Set(wanted), kinds: askedByNobody };
}

export const nodesKeyOf = ({ nodeIds }: RangeRequest): string => nodeIds?.toSorted().join(" ") ?? "";
export const nodeSetOf = ({ nodeIds }: RangeRequest): ReadonlySet<string> | null =>
  nodeIds === null ? null : new Set(nodeIds);

/** Counts per bucket, and what headers say. */
class Buckets {
  readonly slots: (SlotCounts | null)[];
  readonly headers = new HeaderSum();
  readonly #range: Range;
  readonly #origins: readonly Origin[];

  constructor(range: Range, wanted: readonly Origin[]) {
    this.#range = range;
    this.#origins = wanted;
    this.slots = Array.from({ length: range.buckets }, () => null);
  }

  add(startMs: number, { counts }: Pick<BlobHead, "counts">): void {
    const bucket = bucketOf(this.#range, startMs);
    const sum = (this.slots[bucket] ??= noCounts());
    for (const origin of this.#origins) {
      const figures = counts.get(origin);
      if (figures !== undefined) addCounts(sum, figures);
    }
  }
}

async function readCounts(
  sources: Sources,
  attempt: Attempt,
  request: RangeRequest,
  plan: Plan,
  held: Held,
  into: Buckets,
  nowMs: number,
) {
  for (const source of ["hours", "minutes"] as const) {
    const cells = cellsOf(plan, source);
    const { archive } = sources;
    if (archive === null || cells.length === 0) continue;
    const tier = source === "hours" ? "1h" : "1m";
    await attempt.drain(
      "postgres",
      cells,
      archive.heads(tier, marksOf(cells, held[source])),
      (portion) => {
        for (const { startMs, head } of portion) {
          if (head === null) {
            into.headers.addUndecodable();
            continue;
          }
          into.add(startMs, head);
          into.headers.add(head.header);
        }
      },
      (portion) => portion.map(({ startMs }) => startMs),
    );
  }
  for (const source of ["nodes", "live"] as const) {
    const cells = cellsOf(plan, source);
    if (cells.length === 0) continue;
    await attempt.drain(
      "redis",
      cells,
      sources[source].notes(startsOf(cells), nodeSetOf(request), nowMs),
      (portion) => {
        for (const slot of portion) {
          for (const { head } of slot.notes) into.add(slot.startMs, head);
          for (const [index, node] of nodesOf(slot).entries()) {
            const head = slot.notes[index]?.head;
            if (head !== undefined) into.headers.add(head.header, [node]);
          }
        }
      },
      (portion) => portion.map(({ startMs }) => startMs),
    );
  }
}

async function readBook(
  sources: Sources,
  attempt: Attempt,
  request: RangeRequest,
  plan: Plan,
  held: Held,
  nowMs: number,
) {
  const book = new Book(mergedSeries);
  const filter = toFilter(request.origins);
  const breather = new Breather(longestHoldMs);
  let undecodable = 0;
  const merge = async ({ blobs }: { blobs: readonly Buffer[] }): Promise<void> => {
    for (const blob of blobs) if ((await mergeCalmly(blob, book, filter, breather)) === null) undecodable += 1;
  };
  for (const source of ["hours", "minutes"] as const) {
    const cells = cellsOf(plan, source);
    const { archive } = sources;
    if (archive === null || cells.length === 0) continue;
    const tier = source === "hours" ? "1h" : "1m";
    const marks = marksOf(cells, held[source]);
    await attempt.drain("postgres", cells, archive.blobs(tier, marks, breather), merge, ({ startsMs }) => startsMs);
  }
  for (const source of ["nodes", "live"] as const) {
    const cells = cellsOf(plan, source);
    if (cells.length === 0) continue;
    const reader = sources[source];
    const notes = reader.notes(startsOf(cells), nodeSetOf(request), nowMs);
    const slots = async function* () {
      for await (const portion of notes) yield* reader.blobs(portion, nodesKeyOf(request), nowMs, breather);
    };
    await attempt.drain("redis", cells, slots(), merge, ({ startMs }) => [startMs]);
  }
  return { book, undecodable };
}

function sumTable<K extends Kind>(book: Book, kind: K, { origins: wanted }: Filter): ReadonlyMap<string, SeriesOf[K]> {
  return book.tables[kind].sumOver(askedByNobody.has(kind) ? origins : wanted);
}

/** Everything about a range but the statements' texts. Rejects with what failed when nobody answered. */
export async function readTotals(
  sources: Sources,
  request: RangeRequest,
  nowMs: number,
  withinMs: number,
): Promise<Omit<TelemetryTotals, "texts">> {
  const range = cutRange(request, nowMs);
  const attempt = new Attempt(withinMs);
  const held = await readHeld(sources, attempt, range, request);
  const isFine = range.stepMs < 60_000;
  const plan = planRange(sources, range, request, held, isFine ? "5s" : range.stepMs % hourMs === 0 ? "1h" : "1m");
  const sums = planRange(sources, range, request, held, isFine ? "1m" : "1h");
  const buckets = new Buckets(range, request.origins);
  await readCounts(sources, attempt, request, plan, held, buckets, nowMs);
  const { book, undecodable } = await readBook(sources, attempt, request, sums, held, nowMs);
  if (attempt.isInVain) throw attempt.cause;

  const filter = toFilter(request.origins);
  const { sum } = buckets.headers;
  const capped: Record<Kind, number> = {
    rpc: 0,
    sql: 0,
    cache: 0,
    tag: 0,
    redis: 0,
    job: 0,
    pool: 0,
    process: 0,
    observer: 0,
  };
  for (const kind of kinds) capped[kind] = book.tables[kind].capped;
  const { asOfMs, fromMs, toMs, stepMs } = range;
  return {
    asOfMs,
    fromMs,
    toMs,
    stepMs,
    slots: buckets.slots,
    nodes: sum.nodes,
    series: {
      rpc: sumTable(book, "rpc", filter),
      sql: sumTable(book, "sql", filter),
      cache: sumTable(book, "cache", filter),
      tag: sumTable(book, "tag", filter),
      redis: sumTable(book, "redis", filter),
      job: sumTable(book, "job", filter),
      pool: sumTable(book, "pool", filter),
      process: sumTable(book, "process", filter),
      observer: sumTable(book, "observer", filter),
    },
    dropped: sum.dropped,
    capped,
    undecodable: sum.undecodable + undecodable,
    coverage: {
      parts: partsOf(sums.cells),
      missing: sumMissing(plan.missing, sums.missing, attempt.missing),
    },
  };
}
