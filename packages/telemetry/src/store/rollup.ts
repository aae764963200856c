import { setTimeout as delay } from "node:timers/promises";
import type { Redis } from "ioredis";
import { publishRun } from "@weir/core/channels";
import { type ClockSource, createSharedClock, describeSkew } from "@weir/core/shared-clock";
import { runInScope, runOutsideScope } from "@weir/core/scope";
import type { SlotArchive } from "./archive";
import { hashSeries } from "./snapshot-codec";
import { type SlotSummaries, SlotSource } from "./slot-source";
import {
  type Amount,
  amountOf,
  coarseTier,
  hourMs,
  isMore,
  nodeOfField,
  type Retention,
  retentionOf,
  slotStart,
} from "./tiers";
import { Yielder } from "../yielder";
import { mergeBlobs } from "./merge-snapshots";
import { seriesNames } from "./single-series";
import { otherSeries } from "../series/series-table";

export const rollupJob = "telemetry.rollup";

/** Random delay so that the first node does the work and the others find it done. */
const jitterMs = 20_000;
/** A longer round stops, and the next one continues from there. */
const maxRoundMs = 30_000;
const maxTripMs = 5_000;
/** Before the next round when there is more to do. */
const pauseMs = 2_000;
const minRetryMs = 5_000;
const maxRetryMs = 300_000;
const maxCloseMs = 3_000;

export type RollupOptions = {
  nodeId: string;
  redis: Redis;
  keyPrefix: string;
  archive: SlotArchive;
  retention?: Retention;
  /** Maximum size of one merged slot in Postgres. */
  maxRowBytes?: number;
  /** This node's wall clock in milliseconds: one of three by which a round is dated. */
  now?: () => number;
  /** The clocks of the stores in milliseconds. Default: asks both. */
  readTimes?: () => Promise<Record<ClockSource, number>>;
  /** False if rounds are started manually. */
  isTimed?: boolean;
  onFailure?: (error: unknown) => void;
};

export type RunningRollup = {
  /**
   * Runs one round now. Rejects if Redis or Postgres fails, or if no two clocks agree; failures are counted under the job's
   * name.
   */
  round: () => Promise<RoundResult>;
  /** Stops the rounds; waits at most three seconds for a running one to reach a safe point. Never rejects. */
  close: () => Promise<void>;
};

/**
 * Merges node minutes into Postgres once a minute. Every node may do so: there is no leader and no lock,
 * because merging twice changes nothing.
 */
export function startRollup(options: RollupOptions): RunningRollup {
  const { nodeId, redis, keyPrefix, archive, now = Date.now, isTimed = true, onFailure = () => undefined } = options;
  const { retention = retentionOf(), maxRowBytes = 1_048_576 } = options;
  const source = new SlotSource({ redis, keyPrefix, deadlineMs: maxTripMs });
  const { readTimes = () => timesOf(source, archive) } = options;
  const turn = hashSeries(0, nodeId) / 2 ** 32;
  let isClosed = false;
  let endsAt = 0;
  const { run } = createRound({
    source,
    archive,
    retention,
    maxRowBytes,
    turn,
    tried: new Map(),
    triedHours: new Map(),
    mayContinue: () => !isClosed && performance.now() < endsAt,
  });

  let count = 0;
  const round = (dueAtMs: number | null = null): Promise<RoundResult> => {
    endsAt = performance.now() + maxRoundMs;
    count += 1;
    const request = { id: `${rollupJob}-${count}` };
    return runInScope({ request, origin: "job", procedure: null, deadlineAtMs: endsAt }, () =>
      publishRun(rollupJob, dueAtMs, async () => run(await agreeOnTime(now, readTimes))),
    );
  };

  let timer: NodeJS.Timeout | undefined;
  let running: Promise<void> = Promise.resolve();
  let failures = 0;
  const schedule = (afterMs: number): void => {
    if (isClosed) return;
    const dueAtMs = performance.now() + afterMs;
    timer = setTimeout(() => {
      running = round(dueAtMs).then(
        ({ isDone }) => {
          failures = 0;
          schedule(isDone ? untilTurn() : pauseMs);
        },
        (error: unknown) => {
          failures += 1;
          onFailure(error);
          schedule(Math.min(maxRetryMs, minRetryMs * 2 ** (failures - 1)));
        },
      );
    }, afterMs);
    timer.unref();
  };
  /** Time until this node's turn after the next end of a minute. */
  const untilTurn = (): number => {
    const { widthMs } = coarseTier;
    const inMinuteMs = (((now() - graceMs - turn * jitterMs) % widthMs) + widthMs) % widthMs;
    return widthMs - inMinuteMs;
  };
  if (isTimed) runOutsideScope(() => schedule(untilTurn()));

  return {
    round: () => round(),
    close: async () => {
      isClosed = true;
      clearTimeout(timer);
      await Promise.race([running, delay(maxCloseMs, undefined, { ref: false })]);
    },
  };
}

async function timesOf(source: SlotSource, archive: SlotArchive): Promise<Record<ClockSource, number>> {
  const [postgres, redis] = await Promise.all([archive.now(), source.now()]);
  return { postgres, redis };
}

/**
 * The time of a round. What has ended and what has expired is decided by two clocks that agree, never by one, because a
 * round deletes. Throws if all three differ.
 */
async function agreeOnTime(own: () => number, readTimes: () => Promise<Record<ClockSource, number>>): Promise<number> {
  const clock = createSharedClock({ own });
  const sentAtMs = performance.now();
  const times = await readTimes();
  const receivedAtMs = performance.now();
  clock.observe("postgres", { sentAtMs, receivedAtMs, serverMs: times.postgres });
  clock.observe("redis", { sentAtMs, receivedAtMs, serverMs: times.redis });
  const { state, stores } = clock.status();
  if (state === "agreed") return clock.now();
  const { postgres = 0, redis = 0 } = stores;
  throw new Error(
    `The clocks disagree: compared with this node, Postgres is off by ${describeSkew(postgres)} and Redis by ${describeSkew(redis)}. Nothing is merged or removed until two of them agree.`,
  );
}

export type RoundResult = { minutes: number; hours: number; /** False if there is more to do. */ isDone: boolean };

const maxHoldMs = 4;
/** Limits of one round; a node that returns after a long outage takes several. */
const maxMinutes = 30;
const maxHours = 4;
/** Every tenth round scans everything that Redis keeps. */
const fullScanEvery = 10;

/**
 * Merges node minutes into fleet minutes, those into hours, and removes expired data. `run` rejects if Redis or Postgres
 * fails; completed work is kept, and the next round continues from there.
 */
function createRound(rollup: Rollup): { run: (nowMs: number) => Promise<RoundResult> } {
  const texts = new TextKeeper(rollup.source, rollup.archive);
  let untilFullScan = 0;
  return {
    run: async (nowMs) => {
      const yielder = new Yielder(maxHoldMs);
      const isFullScan = untilFullScan === 0;
      const next = isFullScan ? fullScanEvery : untilFullScan - 1;
      // A failed round is followed by a full scan: what was missed may be anywhere.
      untilFullScan = 0;
      const minutes = await rollMinutes(rollup, texts, { nowMs, isFullScan, limit: maxMinutes, yielder });
      const hours = await rollHours(rollup, { nowMs, limit: maxHours, yielder });
      // Minutes are kept until their hours are merged.
      const isDone = minutes.isDone && hours.isDone;
      if (isDone) await prune(rollup, nowMs);
      if (minutes.isDone) untilFullScan = next;
      return { minutes: minutes.merged, hours: hours.merged, isDone };
    },
  };
}

/** The input of a round. */
export type Rollup = {
  source: SlotSource;
  archive: SlotArchive;
  retention: Retention;
  /** Maximum size of one merged slot in Postgres. */
  maxRowBytes: number;
  /** From 0 to below 1, different on each node. */
  turn: number;
  /** The amount found in each minute and hour at the last attempt. */
  tried: Map<number, string>;
  triedHours: Map<number, string>;
  /** False when the round must stop. */
  mayContinue: () => boolean;
};

/** A slot is skipped this long after its end: nodes flush once a second, and clocks differ. */
const graceMs = 10_000;
/** How far back each round looks. Full scans find reports that arrived later. */
const recentMinutes = 5;
const summariesPerTrip = 60;

/** The latest minute that has ended on all nodes. */
function newestClosed(nowMs: number): number {
  return slotStart(coarseTier, nowMs - graceMs) - coarseTier.widthMs;
}

/**
 * Merges node minutes that are missing or less complete in Postgres, oldest first. Any number of nodes may do so
 * concurrently and repeatedly: the result depends on what Redis holds, not on which node stores it. `isDone` is false
 * if some are left for another round. Rejects if Redis or Postgres fails.
 */
async function rollMinutes(
  { source, archive, retention, maxRowBytes, tried, mayContinue, turn }: Rollup,
  texts: TextKeeper,
  options: { nowMs: number; isFullScan: boolean; limit: number; yielder: Yielder },
): Promise<{ merged: number; isDone: boolean }> {
  const { nowMs, isFullScan, limit, yielder } = options;
  const newest = newestClosed(nowMs);
  const kept = Math.floor(retention.nodeMinutesMs / coarseTier.widthMs);
  const count = isFullScan ? kept : Math.min(kept, recentMinutes);
  const starts = Array.from({ length: count }, (_, index) => newest - (count - 1 - index) * coarseTier.widthMs);
  const [first = newest] = starts;
  const versions = new Map(
    (await archive.versions("1m", first, newest + 1)).map((version) => [version.startMs, version]),
  );

  const candidates: SlotSummaries[] = [];
  for (let from = 0; from < starts.length; from += summariesPerTrip) {
    for (const slot of await source.summaries(coarseTier, starts.slice(from, from + summariesPerTrip))) {
      if (slot.summaries.length === 0) continue;
      const amount = amountOf(slot);
      // Blobs that were unreadable last time are still unreadable unless something was added.
      if (tried.get(slot.startMs) === keyOf(amount) || !isMore(amount, versions.get(slot.startMs))) continue;
      candidates.push(slot);
    }
    await yielder.pause();
  }

  let merged = 0;
  for (const slot of inTurn(candidates, turn).slice(0, limit)) {
    if (!mayContinue()) break;
    // Another node may have merged it since.
    const [version] = await archive.versions("1m", slot.startMs, slot.startMs + 1);
    if (isMore(amountOf(slot), version)) {
      await rollMinute({ source, archive, maxRowBytes }, texts, slot, yielder);
      merged += 1;
    }
    tried.set(slot.startMs, keyOf(amountOf(slot)));
  }
  for (const startMs of tried.keys()) if (startMs < nowMs - retention.nodeMinutesMs) tried.delete(startMs);
  return { merged, isDone: candidates.length <= limit && mayContinue() };
}

const keyOf = ({ messages, reports }: Amount): string => `${messages} ${reports}`;

/** Nodes that catch up start at different places. */
function inTurn<Item>(items: readonly Item[], turn: number): Item[] {
  const begin = Math.floor(turn * items.length);
  return [...items.slice(begin), ...items.slice(0, begin)];
}

async function rollMinute(
  { source, archive, maxRowBytes }: { source: SlotSource; archive: SlotArchive; maxRowBytes: number },
  texts: TextKeeper,
  { startMs, summaries }: SlotSummaries,
  yielder: Yielder,
): Promise<void> {
  const [slot] = await source.slots(coarseTier, [startMs]);
  const stopped = new Set(
    summaries.filter(({ head }) => head.header.state?.stopped === true).map(({ field }) => field),
  );
  // Sorted by field, so that every node that merges the same blobs produces the same bytes.
  const inputs = Object.entries(slot?.blobs ?? {})
    .toSorted(([a], [b]) => (a < b ? -1 : 1))
    .map(([field, blob]) => ({ blob, node: { id: nodeOfField(field), stopped: stopped.has(field) } }));
  const parts = await mergeBlobs(inputs, { maxBytes: maxRowBytes, yielder });
  if (parts === null) return;
  const { header, head, body } = parts;
  const { reports, recorded, dropped, writtenAtMs } = header;
  await archive.put("1m", { startMs, reports, messages: recorded + dropped, writtenAtMs, head, body });
  const nodeIds = header.nodes.map(({ id }) => id);
  await texts.keep(seriesNames(parts, "sql"), nodeIds, startMs);
}

const minutesPerTrip = 15;

/**
 * Merges the minutes of hours that are missing or less complete in Postgres. `isDone` is false if some are left for
 * another round. Rejects if Postgres fails.
 */
async function rollHours(
  { archive, retention, maxRowBytes, triedHours, mayContinue }: Rollup,
  { nowMs, limit, yielder }: { nowMs: number; limit: number; yielder: Yielder },
): Promise<{ merged: number; isDone: boolean }> {
  const end = Math.floor((newestClosed(nowMs) + coarseTier.widthMs) / hourMs) * hourMs;
  // All hours: expired minutes are kept until this is done.
  const stale = await archive.staleHours(0, end, limit + triedHours.size);
  const left = stale.filter(({ startMs, messages, reports }) => triedHours.get(startMs) !== `${messages} ${reports}`);
  let merged = 0;
  for (const { startMs, messages, reports } of left.slice(0, limit)) {
    if (!mayContinue()) break;
    const inputs: { blob: Buffer }[] = [];
    for (let at = startMs; at < startMs + hourMs; at += minutesPerTrip * coarseTier.widthMs) {
      const starts = Array.from({ length: minutesPerTrip }, (_, index) => at + index * coarseTier.widthMs);
      const minutes = await archive.slots("1m", starts);
      for (const { head, body } of minutes.toSorted((a, b) => a.startMs - b.startMs)) {
        inputs.push({ blob: Buffer.concat([head, body]) });
      }
    }
    const parts = await mergeBlobs(inputs, { maxBytes: maxRowBytes, yielder });
    triedHours.set(startMs, `${messages} ${reports}`);
    if (parts === null) continue;
    const { header, head, body } = parts;
    await archive.put("1h", {
      startMs,
      reports: header.reports,
      messages: header.recorded + header.dropped,
      writtenAtMs: header.writtenAtMs,
      head,
      body,
    });
    merged += 1;
  }
  const oldest = oldestMinutes(retention.minutesMs, nowMs);
  for (const startMs of triedHours.keys()) if (startMs < oldest) triedHours.delete(startMs);
  return { merged, isDone: left.length <= limit && mayContinue() };
}

/** Start of the oldest kept minute. Minutes expire by whole hours, so that no hour is left in part. */
function oldestMinutes(minutesMs: number, nowMs: number): number {
  return Math.floor((nowMs - minutesMs) / hourMs) * hourMs;
}

/**
 * What one round removes at most. A round takes place once a minute, so that is a hundred times what expires, and the rest
 * waits for the next rounds: should all clocks be wrong at once, an operator has time to notice.
 */
const maxPruned = { minutes: 120, hours: 24, texts: 200 };

/** Removes expired data, oldest first, in three bounded statements. */
async function prune({ archive, retention, mayContinue }: Rollup, nowMs: number): Promise<void> {
  const oldestHour = Math.floor((nowMs - retention.hoursMs) / hourMs) * hourMs;
  const steps = [
    () => archive.prune("1m", oldestMinutes(retention.minutesMs, nowMs), maxPruned.minutes),
    () => archive.prune("1h", oldestHour, maxPruned.hours),
    () => archive.pruneTexts(oldestHour, maxPruned.texts),
  ];
  for (const step of steps) if (mayContinue()) await step();
}

/** How often a statement that keeps running is recorded as seen. */
const noteEveryMs = 600_000;
const maxNames = 20_000;

/** Stores statement texts with the times they were first and last seen. */
class TextKeeper {
  readonly #source: SlotSource;
  readonly #archive: SlotArchive;
  /** The latest minute recorded for each name. */
  readonly #noted = new Map<string, number>();

  constructor(source: SlotSource, archive: SlotArchive) {
    this.#source = source;
    this.#archive = archive;
  }

  /** Records that the nodes ran these statements in this minute, unless a recent minute is already recorded. */
  async keep(names: Iterable<string>, nodeIds: readonly string[], startMs: number): Promise<void> {
    const due = [...names].filter((name) => {
      const notedMs = this.#noted.get(name);
      return name !== otherSeries && (notedMs === undefined || Math.abs(startMs - notedMs) >= noteEveryMs);
    });
    if (due.length === 0) return;
    const texts = new Map<string, string>();
    for (const ofNode of await this.#source.texts(nodeIds)) for (const [name, text] of ofNode) texts.set(name, text);
    const noted = due.toSorted().flatMap((name) => {
      const text = texts.get(name);
      return text === undefined ? [] : [{ name, text, firstSeenMs: startMs, lastSeenMs: startMs + coarseTier.widthMs }];
    });
    await this.#archive.noteTexts(noted);
    if (this.#noted.size > maxNames) this.#noted.clear();
    for (const { name } of noted) this.#noted.set(name, startMs);
  }
}
