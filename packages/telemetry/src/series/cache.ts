import type {
  CacheFillMessage,
  CacheLoadMessage,
  CacheOutcome,
  CacheReadMessage,
  CacheTier,
} from "@weir/core/channels";
import type { OutcomeCounts } from "@weir/core/outcomes";
import type { ByteReader, ByteWriter } from "@weir/core/sketches/bytes";
import { Histogram } from "@weir/core/sketches/histogram";
import {
  type Counter,
  type CounterList,
  createSpaceSaving,
  cutCounters,
  mergeCounterLists,
  type SpaceSaving,
} from "@weir/core/sketches/space-saving";
import { type Field, Series, Sums } from "./fields";
import { metricsOf, type SeriesMetric } from "./metric";

const counterNames = ["fills", "fillBytes", "rejectedFills", "evictions"] as const;

/** Reads, loads and entries of one cache group. */
export class CacheSeries extends Series {
  readonly #cells = this.field(new OutcomeCells());
  readonly #counters = this.field(new Sums(counterNames));
  /** Reads served without a load: hit, stale, negative. */
  readonly hits = this.field(new Histogram());
  /** Every load, including failed loads, refreshes and bypasses. */
  readonly loads = this.field(new Histogram());

  /** Messages of every type: a slot may hold a refresh or an eviction but no read. */
  get count(): number {
    return this.reads + this.loads.count + this.fills + this.rejectedFills + this.evictions;
  }

  get isEmpty(): boolean {
    return this.count === 0;
  }

  get reads(): number {
    return this.#cells.reads;
  }

  /** Loads whose value was stored. */
  get fills(): number {
    return this.#counters.get("fills");
  }

  /** Length of the stored JSON in UTF-16 code units, all fills combined; equals bytes for ASCII. */
  get fillBytes(): number {
    return this.#counters.get("fillBytes");
  }

  /** Loads whose value was discarded because of an invalidation during the load. */
  get rejectedFills(): number {
    return this.#counters.get("rejectedFills");
  }

  /** Entries evicted from this process's memory to make room. */
  get evictions(): number {
    return this.#counters.get("evictions");
  }

  /**
   * Estimated database time saved, in milliseconds: reads without a load × (median load − median hit).
   * Never negative; null until a load has been recorded.
   */
  get databaseTimeSavedMs(): number | null {
    const loadMs = this.loads.quantile(0.5);
    if (loadMs === null) return null;
    return this.hits.count * Math.max(0, loadMs - (this.hits.quantile(0.5) ?? 0));
  }

  record(message: CacheReadMessage): void {
    this.#cells.record(message.outcome, message.tier);
    if (isAnsweredFromCache(message.outcome)) this.hits.record(message.durationMs);
  }

  recordLoad({ durationMs }: CacheLoadMessage): void {
    this.loads.record(durationMs);
  }

  /** Values left unstored for another reason are not rejections. */
  recordFill({ bytes, stored, reason }: CacheFillMessage): void {
    if (stored) {
      this.#counters.take("fills", 1);
      this.#counters.take("fillBytes", bytes);
    } else if (reason === "stale") {
      this.#counters.take("rejectedFills", 1);
    }
  }

  recordEvictions(count: number): void {
    this.#counters.take("evictions", count);
  }

  /** Every combination of outcome and tier that occurred. */
  endings(): Iterable<{ outcome: CacheOutcome; tier: CacheTier | null; count: number }> {
    return this.#cells.endings();
  }

  /** Adds the reads to `counts`. A hit without a tier counts as a memory hit, so that the total stays exact. */
  addOutcomes(counts: OutcomeCounts): void {
    this.#cells.addTo(counts);
  }
}

/** Reads of entries with a tag of one family (`order:*`); each read counts once per family. */
export class TagSeries extends Series {
  readonly #cells = this.field(new OutcomeCells());
  /** Reads served without a load. */
  readonly hits = this.field(new Histogram());
  /** Loads that a read started and waited for. Excludes refreshes and bypasses. */
  readonly loads = this.field(new Histogram());
  /** The most-read tags of the family, such as `order:42`. Sampled, with an error bound. */
  readonly members = this.field(new TopMembers());

  get count(): number {
    return this.#cells.reads;
  }

  get isEmpty(): boolean {
    return this.count === 0;
  }

  record({ outcome, tier, durationMs, loadMs }: CacheReadMessage): void {
    this.#cells.record(outcome, tier);
    if (isAnsweredFromCache(outcome)) this.hits.record(durationMs);
    if (loadMs !== null) this.loads.record(loadMs);
  }

  /** Every combination of outcome and tier that occurred. */
  endings(): Iterable<{ outcome: CacheOutcome; tier: CacheTier | null; count: number }> {
    return this.#cells.endings();
  }

  /** Adds the reads to `counts`. A hit without a tier counts as a memory hit, so that the total stays exact. */
  addOutcomes(counts: OutcomeCounts): void {
    this.#cells.addTo(counts);
  }
}

/** Stored by position: add a new outcome at the end. */
const outcomePlaces = {
  hit: 0,
  coalesced: 1,
  stale: 2,
  negative: 3,
  miss: 4,
  error: 5,
  bypass: 6,
} as const satisfies Record<CacheOutcome, number>;
const outcomes = ["hit", "coalesced", "stale", "negative", "miss", "error", "bypass"] as const;
const tiers = ["l1", "l2", null] as const;
const cellCount = outcomes.length * tiers.length;

function cellOf(outcome: CacheOutcome, tier: CacheTier | null): number {
  return outcomePlaces[outcome] * tiers.length + (tier === "l1" ? 0 : tier === "l2" ? 1 : 2);
}

/** True for reads served without a load. */
function isAnsweredFromCache(outcome: CacheOutcome): boolean {
  return outcome === "hit" || outcome === "stale" || outcome === "negative";
}

/** Read outcomes: one count per outcome and tier. */
class OutcomeCells implements Field {
  readonly #cells = new Float64Array(cellCount);
  reads = 0;

  /** Throws a RangeError for an unknown outcome. */
  record(outcome: CacheOutcome, tier: CacheTier | null): void {
    const cell = cellOf(outcome, tier);
    if (!(cell >= 0)) throw new RangeError("unknown cache outcome");
    this.#add(cell, 1);
  }

  /** Every combination of outcome and tier that occurred. */
  *endings(): Iterable<{ outcome: CacheOutcome; tier: CacheTier | null; count: number }> {
    for (const outcome of outcomes) {
      for (const tier of tiers) {
        const count = this.#cells[cellOf(outcome, tier)] ?? 0;
        if (count > 0) yield { outcome, tier, count };
      }
    }
  }

  /** Adds the reads to `counts`. A hit without a tier counts as a memory hit, so that the total stays exact. */
  addTo(counts: OutcomeCounts): void {
    for (const { outcome, tier, count } of this.endings()) {
      if (outcome === "hit") counts[tier === "l2" ? "hitL2" : "hitL1"] += count;
      else counts[outcome] += count;
    }
  }

  merge(other: OutcomeCells): void {
    if (other.reads === 0) return;
    for (let cell = 0; cell < cellCount; cell += 1) this.#add(cell, other.#cells[cell] ?? 0);
  }

  reset(): void {
    this.#cells.fill(0);
    this.reads = 0;
  }

  write(writer: ByteWriter): void {
    let last = cellCount;
    while (last > 0 && this.#cells[last - 1] === 0) last -= 1;
    writer.varint(last);
    for (let cell = 0; cell < last; cell += 1) writer.varint(this.#cells[cell] ?? 0);
  }

  mergeEncoded(reader: ByteReader): void {
    const cells = reader.varint();
    if (cells > cellCount) throw new RangeError("cache outcome out of range");
    for (let cell = 0; cell < cells; cell += 1) this.#add(cell, reader.varint());
  }

  #add(cell: number, count: number): void {
    this.#cells[cell] = (this.#cells[cell] ?? 0) + count;
    this.reads += count;
  }
}

/** Number of counters while counting and merging, and how many of them are stored. */
const capacity = 64;
const stored = 16;
const maxNameLength = 100;

/** The most frequent names of a stream, mergeable. `count` may be up to `error` too high and is never too low. */
export class TopMembers implements Field {
  #counters: SpaceSaving | null = null;

  add(name: string, weight: number): void {
    this.#counters ??= createSpaceSaving(capacity);
    this.#counters.add(name.length > maxNameLength ? name.slice(0, maxNameLength) : name, weight);
  }

  /** Largest first. */
  top(limit: number): Counter[] {
    return this.#counters?.top(limit) ?? [];
  }

  merge(other: TopMembers): void {
    if (other.#counters !== null) this.#mergeList(listOf(other.#counters));
  }

  reset(): void {
    this.#counters = null;
  }

  write(writer: ByteWriter): void {
    const { counters, floor } = this.#counters === null ? nothing : cutCounters(listOf(this.#counters), stored);
    writer.varint(counters.length);
    if (counters.length === 0) return;
    writer.varint(floor);
    for (const { name, count, error } of counters) {
      writer.text(name);
      writer.varint(count);
      writer.varint(error);
    }
  }

  mergeEncoded(reader: ByteReader): void {
    const length = reader.varint();
    if (length === 0) return;
    const floor = reader.varint();
    const counters: Counter[] = [];
    for (let index = 0; index < length; index += 1) {
      counters.push({ name: reader.text(), count: reader.varint(), error: reader.varint() });
    }
    this.#mergeList({ counters, floor });
  }

  #mergeList(list: CounterList): void {
    const mine = this.#counters === null ? nothing : listOf(this.#counters);
    this.#counters = createSpaceSaving(capacity, mergeCounterLists([mine, list], capacity));
  }
}

const nothing: CounterList = { counters: [], floor: 0 };

const listOf = (counters: SpaceSaving): CounterList => ({ counters: counters.top(capacity), floor: counters.floor });

const group = metricsOf<CacheSeries>("group");

export const cacheMetrics: readonly SeriesMetric<CacheSeries>[] = [
  group.counter({
    name: "weir_cache_reads_total",
    help: "Cache reads by outcome and serving tier.",
    labels: ["group", "outcome", "tier"],
    read: (series, emit) => {
      for (const [name, one] of series) {
        for (const { outcome, tier, count } of one.endings()) emit([name, outcome, tier ?? "none"], count);
      }
    },
  }),
  group.histogram({
    name: "weir_cache_hit_seconds",
    help: "Duration of reads served without a load.",
    of: ({ hits }) => hits,
  }),
  group.histogram({
    name: "weir_cache_load_seconds",
    help: "Duration of cache loads.",
    of: ({ loads }) => loads,
  }),
  group.counter({ name: "weir_cache_fills_total", help: "Loads whose value was stored.", of: ({ fills }) => fills }),
  group.counter({
    name: "weir_cache_fill_bytes_total",
    help: "Stored JSON, in UTF-16 code units.",
    of: ({ fillBytes }) => fillBytes,
  }),
  group.counter({
    name: "weir_cache_rejected_fills_total",
    help: "Loads whose value was discarded because of an invalidation during the load.",
    of: ({ rejectedFills }) => rejectedFills,
  }),
  group.counter({
    name: "weir_cache_evictions_total",
    help: "Entries evicted from this process's memory to make room.",
    of: ({ evictions }) => evictions,
  }),
  group.gauge({
    name: "weir_cache_epoch",
    help: "Latest invalidation epoch known to this process.",
    read: (_series, emit, { state }) => emit([], state.cache.epoch),
  }),
  group.gauge({
    name: "weir_cache_log_lag_seconds",
    help: "Time since the invalidation log last responded.",
    read: (_series, emit, { state }) => {
      if (state.cache.lagMs !== null) emit([], state.cache.lagMs / 1e3);
    },
  }),
  group.gauge({
    name: "weir_cache_trusted",
    help: "Whether this process may serve from memory without checking Redis: 1 or 0.",
    read: (_series, emit, { state }) => emit([], state.cache.trusted ? 1 : 0),
  }),
];

const family = metricsOf<TagSeries>("family");

export const tagMetrics: readonly SeriesMetric<TagSeries>[] = [
  family.counter({
    name: "weir_cache_tag_reads_total",
    help: "Cache reads of entries with a tag of the family.",
    labels: ["family", "outcome", "tier"],
    read: (series, emit) => {
      for (const [name, one] of series) {
        for (const { outcome, tier, count } of one.endings()) emit([name, outcome, tier ?? "none"], count);
      }
    },
  }),
  family.histogram({
    name: "weir_cache_tag_load_seconds",
    help: "Duration of loads waited for by reads of entries with a tag of the family.",
    of: ({ loads }) => loads,
  }),
];
