import { amountOf, coarseTier, fineTier, hourMs, isMore, type Retention } from "../store/tiers";
import { ArchiveSlots } from "./archive-slots";
import type { ArchiveTierName, SlotArchive, SlotMark } from "../store/archive";
import { NodeSlots } from "./node-slots";
import { type Cell, type Held, type Plan, planCells, type PlanOptions, type Range } from "./plan";
import type { BlobHead } from "../store/snapshot-codec";
import type { Coverage, MissingWhy, RangeRequest } from "./types";
import type { SlotSource } from "../store/slot-source";
import { LRUCache } from "lru-cache";

/** What of the memory is for blobs and for heads; the rest is for single series. */
const blobShare = 0.6;
const headShare = 0.2;
/** Reports that come later than this are seen when they have been merged. */
const lateMs = 30 * 60_000;

/** Shared by all that one reader reads. */
export type Sources = {
  live: NodeSlots;
  nodes: NodeSlots;
  archive: ArchiveSlots | null;
  /** Wanted series of slots that are settled, packed. */
  packed: SlotCache<(Buffer | null)[]>;
  retention: Retention;
};

export type SourcesOptions = {
  source: SlotSource;
  archive: SlotArchive | null;
  retention: Retention;
  cacheBytes: number;
  inTime: <Result>(work: Promise<Result>) => Promise<Result>;
};

export function openSources({ source, archive, retention, cacheBytes, inTime }: SourcesOptions): Sources {
  const blobs = new SlotCache<Buffer>(cacheBytes * blobShare);
  const heads = new SlotCache<BlobHead>(cacheBytes * headShare);
  return {
    live: new NodeSlots({ source, tier: fineTier, keepMs: retention.fineMs, cache: blobs }),
    nodes: new NodeSlots({ source, tier: coarseTier, keepMs: retention.nodeMinutesMs, cache: blobs }),
    archive: archive === null ? null : new ArchiveSlots({ archive, blobs, heads, inTime }),
    packed: new SlotCache(cacheBytes * (1 - blobShare - headShare)),
    retention,
  };
}

/**
 * What one answer may wait for and what it had to do without: a source that failed once is not asked again, and when the
 * time is over nobody is.
 */
export class Attempt {
  readonly missing: Coverage["missing"] = [];
  readonly #endsAt: number;
  readonly #failed = new Set<MissingWhy>();
  #answered = false;
  cause: unknown = null;

  constructor(withinMs: number) {
    this.#endsAt = performance.now() + withinMs;
  }

  /** Whether nobody answered who was asked. */
  get isInVain(): boolean {
    return !this.#answered && this.#failed.size > 0;
  }

  get isLate(): boolean {
    return performance.now() >= this.#endsAt;
  }

  hasFailed(why: MissingWhy): boolean {
    return this.#failed.has(why);
  }

  /** What `work` answers; null when it fails, and then `why` is known. */
  async ask<Result>(why: "redis" | "postgres", work: () => Promise<Result>): Promise<Result | null> {
    try {
      const result = await work();
      this.#answered = true;
      return result;
    } catch (cause) {
      this.#failed.add(why);
      this.cause ??= cause;
      return null;
    }
  }

  /**
   * Handles what `source` yields, each belonging to some of `cells`; those it did not come to, for a failure or for want
   * of time, are missing.
   */
  async drain<Item>(
    why: "redis" | "postgres",
    cells: readonly Cell[],
    source: AsyncIterable<Item>,
    handle: (item: Item) => void | Promise<void>,
    startsOf: (item: Item) => readonly number[],
  ): Promise<void> {
    const left = new Map(cells.map((cell) => [cell.startMs, cell]));
    if (left.size === 0) return;
    if (!this.hasFailed(why) && !this.isLate) {
      await this.ask(why, async () => {
        for await (const item of source) {
          await handle(item);
          for (const startMs of startsOf(item)) left.delete(startMs);
          if (this.isLate) return;
        }
        left.clear();
      });
    }
    for (const { startMs, endMs } of left.values()) {
      this.missing.push({ fromMs: startMs, toMs: endMs, why: this.hasFailed(why) ? why : "deadline" });
    }
  }
}

/** What Postgres has of a range, as far as the plan has to know. */
export async function readHeld(sources: Sources, attempt: Attempt, range: Range, request: RangeRequest): Promise<Held> {
  const { archive, retention } = sources;
  const nothing: Held = { minutes: null, hours: null };
  if (archive === null || request.nodeIds !== null) return nothing;
  const { fromMs, endMs, asOfMs, stepMs } = range;
  const marks = (tier: ArchiveTierName, from: number, to: number): Promise<Map<number, SlotMark> | null> =>
    attempt.ask("postgres", () => archive.marks(tier, from, to));
  const oldestMinute = Math.max(fromMs, asOfMs - retention.minutesMs - hourMs);
  if (stepMs < hourMs) {
    const [hours, minutes] = await Promise.all([
      endMs - fromMs >= hourMs ? marks("1h", fromMs, endMs) : new Map<number, SlotMark>(),
      marks("1m", oldestMinute, endMs),
    ]);
    return hours === null || minutes === null
      ? nothing
      : { hours, minutes: await withoutLess(sources, attempt, range, minutes) };
  }
  const hours = await marks("1h", fromMs, endMs);
  if (hours === null) return nothing;
  // Minutes are asked for only where hours are not whole.
  let open = Math.floor(oldestMinute / hourMs) * hourMs;
  while (hours.has(open)) open += hourMs;
  const minutes = await marks("1m", Math.max(open, oldestMinute), endMs);
  return minutes === null ? nothing : { hours, minutes: await withoutLess(sources, attempt, range, minutes) };
}

/**
 * The minutes but those of which the nodes hold more by now: a report that came late shows at once, and not only when it
 * has been merged.
 */
async function withoutLess(
  { nodes }: Sources,
  attempt: Attempt,
  { fromMs, asOfMs }: Range,
  minutes: ReadonlyMap<number, SlotMark>,
): Promise<ReadonlyMap<number, SlotMark>> {
  const recent = [...minutes.keys()].filter((startMs) => startMs >= Math.max(fromMs, asOfMs - lateMs));
  const whole = new Map(minutes);
  await attempt.ask("redis", async () => {
    for await (const portion of nodes.notes(recent, null, asOfMs)) {
      for (const slot of portion) if (isMore(amountOf(slot), minutes.get(slot.startMs))) whole.delete(slot.startMs);
    }
  });
  return whole;
}

export function planRange(
  sources: Sources,
  range: Range,
  request: RangeRequest,
  held: Held,
  widest: PlanOptions["widest"],
): Plan {
  const { archive, retention } = sources;
  const withoutArchive: MissingWhy | null =
    request.nodeIds !== null ? "per-node" : archive === null ? "not-kept" : held.minutes === null ? "postgres" : null;
  const finest = range.stepMs < coarseTier.widthMs ? "5s" : "1m";
  return planCells(range, { retention, held, withoutArchive, widest, finest });
}

export function cellsOf(plan: Plan, ...wanted: readonly Cell["source"][]): Cell[] {
  return plan.cells.filter(({ source }) => wanted.includes(source));
}

/** The marks of cells that Postgres has. */
export function marksOf(cells: readonly Cell[], held: ReadonlyMap<number, SlotMark> | null): SlotMark[] {
  return cells.flatMap(({ startMs }) => held?.get(startMs) ?? []);
}

export const startsOf = (cells: readonly Cell[]): number[] => cells.map(({ startMs }) => startMs);

/** Missing parts of both, oldest first; those that touch and have one reason are one. */
export function sumMissing(...parts: readonly Coverage["missing"][]): Coverage["missing"] {
  const all = parts.flat().toSorted((a, b) => a.fromMs - b.fromMs || a.toMs - b.toMs);
  const sum: Coverage["missing"] = [];
  for (const part of all) {
    const last = sum.findLast(({ why }) => why === part.why);
    if (last !== undefined && part.fromMs <= last.toMs) last.toMs = Math.max(last.toMs, part.toMs);
    else sum.push({ ...part });
  }
  return sum;
}

type Kept<Value> = { mark: string; bytes: number; value: Value };

/** Counted beside the bytes that a value holds: its key, its entry, small objects. */
const overheadBytes = 300;

/**
 * What was read or merged before, bounded in bytes: what was not asked for longest goes first. Each value belongs to a
 * mark, and is forgotten when it is asked for under another one.
 */
export class SlotCache<Value extends object> {
  readonly #kept: LRUCache<string, Kept<Value>>;

  constructor(maxBytes: number) {
    this.#kept = new LRUCache({ maxSize: Math.floor(maxBytes), sizeCalculation: ({ bytes }) => bytes + overheadBytes });
  }

  /** Undefined when it is not there, or belongs to another mark. */
  get(key: string, mark: string): Value | undefined {
    const kept = this.#kept.get(key);
    if (kept === undefined) return undefined;
    if (kept.mark === mark) return kept.value;
    this.#kept.delete(key);
    return undefined;
  }

  put(key: string, mark: string, bytes: number, value: Value): void {
    this.#kept.set(key, { mark, bytes, value });
  }
}
