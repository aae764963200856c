import { runOutsideScope } from "@weir/core/scope";
import { type Counter, createSpaceSaving, mergeCounterLists, minCount } from "@weir/core/sketches/space-saving";
import type { MonotonicClock } from "../redis/clock";
import type { Connection } from "../redis/connection";
import { parseJson } from "../redis/entry";
import { storable } from "../redis/names";

/** The keys that this node reads most, in bounded memory. */
export type HotKeys = {
  /** Call it for each read. Most calls only count down to the next sampled one. */
  record: (group: string, cacheKey: string) => void;
  /** Ends the current window. Returns a summary of about the last minute; null when nothing was read in it. */
  rotate: () => Summary | null;
};

export type HotKeysOptions = { clock: MonotonicClock; random: () => number };

/** Counters of the current window; counters kept of an ended window; counters published to other nodes. */
const sizes = { counters: 512, kept: 128, published: 100 } as const;
const maxWindows = 6;

/** After this many samples the step is adjusted, so that they take between the minimum and the maximum time. */
const samplesPerAdjustment = 1024;
const minAdjustmentMs = 500;
const maxAdjustmentMs = 4000;
const maxStep = 4096;

/**
 * Counts one read in `step`, drawn at random, `step` times. The step follows the traffic: at most about two thousand reads
 * a second are sampled, and every read is when there are few.
 */
export function createHotKeys({ clock, random }: HotKeysOptions): HotKeys {
  let counters = createSpaceSaving(sizes.counters);
  let windows: Summary[] = [];
  let beganAtMs = clock.now();
  let step = 1;
  let coarsestStep = 1;
  let left = 1;
  let samples = 0;
  let adjustedAtMs = beganAtMs;

  const setStep = (next: number): void => {
    step = next;
    coarsestStep = Math.max(coarsestStep, step);
    left = Math.min(left, 2 * step - 1);
  };
  const adjust = (): void => {
    samples = 0;
    const nowMs = clock.now();
    const tookMs = nowMs - adjustedAtMs;
    adjustedAtMs = nowMs;
    if (tookMs < minAdjustmentMs) setStep(Math.min(2 * step, maxStep));
    else if (tookMs > maxAdjustmentMs) setStep(Math.max(1, step >> 2));
  };
  const sample = (group: string, cacheKey: string): void => {
    counters.add(`${group}:${storable(cacheKey)}`, step);
    // From 1 to 2·step − 1, `step` on average: a fixed distance would miss reads that come in the same rhythm.
    left = step === 1 ? 1 : 1 + Math.floor(random() * (2 * step - 1));
    samples += 1;
    if (samples === samplesPerAdjustment) adjust();
  };

  return {
    record: (group, cacheKey) => {
      left -= 1;
      if (left === 0) sample(group, cacheKey);
    },
    rotate: () => {
      const nowMs = clock.now();
      const { floor } = counters;
      const top = counters.top(sizes.kept);
      const cutOff = counters.size > sizes.kept ? (top.at(-1)?.count ?? 0) : 0;
      const ended = { spanMs: nowMs - beganAtMs, step: coarsestStep, floor: Math.max(floor, cutOff), counters: top };
      windows = [...windows, ended].slice(-maxWindows);
      if (counters.size > 0) counters = createSpaceSaving(sizes.counters);
      if (nowMs - adjustedAtMs > maxAdjustmentMs) adjust();
      coarsestStep = step;
      beganAtMs = nowMs;
      const spanMs = windows.reduce((sum, one) => sum + one.spanMs, 0);
      const merged = mergeSummaries(windows, sizes.published, spanMs);
      return merged.counters.length === 0 ? null : merged;
    },
  };
}

/** The most read keys of one time span on one node, or on several. Counts are reads. */
export type Summary = {
  readonly spanMs: number;
  /** One read in `step` was sampled and counted `step` times; the coarsest step that was used. */
  readonly step: number;
  /** No unlisted name was read more often. */
  readonly floor: number;
  readonly counters: readonly Counter[];
};

/** Merges summaries. The caller decides `spanMs`: spans of one node follow each other, spans of several nodes overlap. */
export function mergeSummaries(summaries: readonly Summary[], maxCounters: number, spanMs: number): Summary {
  const step = summaries.reduce((coarsest, one) => Math.max(coarsest, one.step), 1);
  return { spanMs, step, ...mergeCounterLists(summaries, maxCounters, minCount) };
}

/** Twice the standard error of a count that was sampled one in `step`. */
export const samplingError = (count: number, step: number): number => 2 * Math.sqrt(count * (step - 1));

const format = 1;

export function encodeSummary({ spanMs, step, floor, counters }: Summary): string {
  const rows = counters.map(({ name, count, error }) => [name, count, error]);
  return JSON.stringify([format, Math.round(spanMs), step, floor, rows]);
}

/** Returns null for anything that `encodeSummary` did not write. */
export function decodeSummary(text: string): Summary | null {
  const parsed = parseJson(text);
  if (!Array.isArray(parsed) || parsed.length !== 5 || parsed[0] !== format) return null;
  const [, spanMs, step, floor, rows]: unknown[] = parsed;
  if (typeof spanMs !== "number" || typeof step !== "number" || typeof floor !== "number") return null;
  if (!Array.isArray(rows)) return null;
  const counters: Counter[] = [];
  for (const row of rows) {
    if (!Array.isArray(row)) return null;
    const [name, count, error]: unknown[] = row;
    if (typeof name !== "string" || typeof count !== "number" || typeof error !== "number") return null;
    counters.push({ name, count, error });
  }
  return { spanMs, step, floor, counters };
}

export type PublishOptions = { hot: HotKeys; connection: Connection; key: string; everyMs: number };

const roundsKept = 3;

/**
 * Writes this node's summary to its own key in Redis at an interval; the key expires soon after the node dies. Returns a
 * function that stops it.
 */
export function publishHotKeys({ hot, connection, key, everyMs }: PublishOptions): () => void {
  const publish = (): void => {
    const summary = hot.rotate();
    if (summary === null || !connection.usable) return;
    const text = encodeSummary(summary);
    // A round that fails is covered by the next one.
    void connection.send("SET", (redis) => redis.set(key, text, "PX", roundsKept * everyMs)).catch(() => undefined);
  };
  const timer = runOutsideScope(() => setInterval(publish, everyMs));
  timer.unref();
  return () => clearInterval(timer);
}
