import { type ArchiveTierName, type SlotVersion } from "../store/archive";
import { amountOf, coarseTier, hourMs, isMore } from "../store/tiers";
import type { ArchiveSlots } from "./archive-slots";
import type { NodeSlots } from "./node-slots";
import { type Cell, cutRange, type Held, type Plan, partsOf, planCells, type Range } from "./plan";
import type { Sources } from "./sources";
import type { Coverage, MissingWhy, RangeRequest } from "./types";

/** Reports later than this become visible only after they are merged. */
const lateMs = 30 * 60_000;

/** What to read from the slots of a plan in one store, and how to handle it. */
export type Walk<From extends unknown[], Item> = {
  items: (...from: From) => AsyncIterable<Item>;
  handle: (item: Item, ...from: From) => void | Promise<void>;
  /** The start times of the slots an item covers. */
  startsOf: (item: Item) => readonly number[];
};

/**
 * One request for a range: the slots and stores it reads, its deadline, and the data that was missing.
 * Every read of a range walks the same plan.
 */
export class RangeRead {
  readonly range: Range;
  readonly #sources: Sources;
  readonly #request: RangeRequest;
  readonly #attempt: Attempt;
  readonly #held: Held;

  private constructor(sources: Sources, request: RangeRequest, range: Range, attempt: Attempt, held: Held) {
    this.#sources = sources;
    this.#request = request;
    this.range = range;
    this.#attempt = attempt;
    this.#held = held;
  }

  /** Throws a RangeError for unsupported buckets. */
  static async begin(sources: Sources, request: RangeRequest, nowMs: number, withinMs: number): Promise<RangeRead> {
    const range = cutRange(request, nowMs);
    const attempt = new Attempt(withinMs);
    return new RangeRead(sources, request, range, attempt, await readHeld(sources, attempt, range, request));
  }

  /** `buckets`: slots no wider than a bucket. `sum`: the widest available slots, for totals over the range. */
  plan(wanted: "buckets" | "sum"): Plan {
    const { archive, retention } = this.#sources;
    const { stepMs } = this.range;
    const isFine = stepMs < coarseTier.widthMs;
    const perNode: MissingWhy | null = this.#request.nodeIds === null ? null : "per-node";
    const withoutArchive = perNode ?? (archive === null ? "not-kept" : this.#held.minutes === null ? "postgres" : null);
    const ofBuckets = isFine ? "5s" : stepMs % hourMs === 0 ? "1h" : "1m";
    return planCells(this.range, {
      retention,
      held: this.#held,
      withoutArchive,
      widest: wanted === "buckets" ? ofBuckets : isFine ? "1m" : "1h",
      finest: isFine ? "5s" : "1m",
    });
  }

  /** Walks the cells that are in Postgres, hours first. */
  async walkArchive<Item>(
    plan: Plan,
    walk: Walk<[archive: ArchiveSlots, tier: ArchiveTierName, versions: SlotVersion[]], Item>,
  ): Promise<void> {
    const { archive } = this.#sources;
    if (archive === null) return;
    for (const source of ["hours", "minutes"] as const) {
      const cells = plan.cells.filter((cell) => cell.source === source);
      if (cells.length === 0) continue;
      const versions = cells.flatMap(({ startMs }) => this.#held[source]?.get(startMs) ?? []);
      await this.#attempt.drain("postgres", cells, walk, archive, source === "hours" ? "1h" : "1m", versions);
    }
  }

  /** Walks the cells that are in Redis, minutes first. */
  async walkNodes<Item>(
    plan: Plan,
    walk: Walk<[slots: NodeSlots, startsMs: number[], source: "nodes" | "live"], Item>,
  ): Promise<void> {
    for (const source of ["nodes", "live"] as const) {
      const cells = plan.cells.filter((cell) => cell.source === source);
      if (cells.length === 0) continue;
      const startsMs = cells.map(({ startMs }) => startMs);
      await this.#attempt.drain("redis", cells, walk, this.#sources[source], startsMs, source);
    }
  }

  /** The sources that were read and the missing spans. Rethrows the failure if no store responded. */
  coverage(shown: Plan, ...others: readonly Plan[]): Coverage {
    if (this.#attempt.allFailed) throw this.#attempt.cause;
    const missing = sumMissing(shown.missing, ...others.map((plan) => plan.missing), this.#attempt.missing);
    return { parts: partsOf(shown.cells), missing };
  }
}

/**
 * The deadline and failures of one request: a source that failed once is not queried again, and nothing is queried
 * after the deadline.
 */
class Attempt {
  readonly missing: Coverage["missing"] = [];
  readonly #endsAt: number;
  readonly #failed = new Set<MissingWhy>();
  #answered = false;
  cause: unknown = null;

  constructor(withinMs: number) {
    this.#endsAt = performance.now() + withinMs;
  }

  /** True when every store that was queried failed. */
  get allFailed(): boolean {
    return !this.#answered && this.#failed.size > 0;
  }

  get isLate(): boolean {
    return performance.now() >= this.#endsAt;
  }

  hasFailed(why: MissingWhy): boolean {
    return this.#failed.has(why);
  }

  /** The result of `work`; null if it fails, which is recorded under `why`. */
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
   * Handles the items of a walk, each covering some of `cells`. Cells not reached, because of a failure, the
   * deadline, or a row that cannot be decoded, are recorded as missing.
   */
  async drain<From extends unknown[], Item>(
    why: "redis" | "postgres",
    cells: readonly Cell[],
    { items, handle, startsOf }: Walk<From, Item>,
    ...from: From
  ): Promise<void> {
    const left = new Map(cells.map((cell) => [cell.startMs, cell]));
    if (left.size === 0) return;
    let isWhole = false;
    if (!this.hasFailed(why) && !this.isLate) {
      await this.ask(why, async () => {
        for await (const item of items(...from)) {
          await handle(item, ...from);
          for (const startMs of startsOf(item)) left.delete(startMs);
          if (this.isLate) return;
        }
        // In Redis a slot without a report has no item. A row of Postgres that gave none cannot be decoded, or is gone.
        if (why === "redis") left.clear();
        else isWhole = true;
      });
    }
    for (const { startMs, endMs } of left.values()) {
      const reason = this.hasFailed(why) ? why : isWhole ? "undecodable" : "deadline";
      this.missing.push({ fromMs: startMs, toMs: endMs, why: reason });
    }
  }
}

/** The slots of a range in Postgres, as far as the plan needs them. */
async function readHeld(sources: Sources, attempt: Attempt, range: Range, request: RangeRequest): Promise<Held> {
  const { archive, retention } = sources;
  const nothing: Held = { minutes: null, hours: null };
  if (archive === null || request.nodeIds !== null) return nothing;
  const { fromMs, endMs, asOfMs, stepMs } = range;
  const versions = (tier: ArchiveTierName, from: number, to: number): Promise<Map<number, SlotVersion> | null> =>
    attempt.ask("postgres", () => archive.versions(tier, from, to));
  const oldestMinute = Math.max(fromMs, asOfMs - retention.minutesMs - hourMs);
  if (stepMs < hourMs) {
    const [hours, minutes] = await Promise.all([
      endMs - fromMs >= hourMs ? versions("1h", fromMs, endMs) : new Map<number, SlotVersion>(),
      versions("1m", oldestMinute, endMs),
    ]);
    return hours === null || minutes === null
      ? nothing
      : { hours, minutes: await withoutLess(sources, attempt, range, minutes) };
  }
  const hours = await versions("1h", fromMs, endMs);
  if (hours === null) return nothing;
  // Minutes are needed only where hours are not whole.
  let open = Math.floor(oldestMinute / hourMs) * hourMs;
  while (hours.has(open)) open += hourMs;
  const minutes = await versions("1m", Math.max(open, oldestMinute), endMs);
  return minutes === null ? nothing : { hours, minutes: await withoutLess(sources, attempt, range, minutes) };
}

/**
 * The minutes without those of which the nodes now hold more, so that a late report shows before it
 * has been merged.
 */
async function withoutLess(
  { nodes }: Sources,
  attempt: Attempt,
  { fromMs, asOfMs }: Range,
  minutes: ReadonlyMap<number, SlotVersion>,
): Promise<ReadonlyMap<number, SlotVersion>> {
  const recent = [...minutes.keys()].filter((startMs) => startMs >= Math.max(fromMs, asOfMs - lateMs));
  const whole = new Map(minutes);
  await attempt.ask("redis", async () => {
    for await (const portion of nodes.summaries(recent, null, asOfMs)) {
      for (const slot of portion) if (isMore(amountOf(slot), minutes.get(slot.startMs))) whole.delete(slot.startMs);
    }
  });
  return whole;
}

/** Combines missing spans, oldest first; adjacent spans with the same reason become one. */
function sumMissing(...parts: readonly Coverage["missing"][]): Coverage["missing"] {
  const all = parts.flat().toSorted((a, b) => a.fromMs - b.fromMs || a.toMs - b.toMs);
  const sum: Coverage["missing"] = [];
  for (const part of all) {
    const last = sum.findLast(({ why }) => why === part.why);
    if (last !== undefined && part.fromMs <= last.toMs) last.toMs = Math.max(last.toMs, part.toMs);
    else sum.push({ ...part });
  }
  return sum;
}
