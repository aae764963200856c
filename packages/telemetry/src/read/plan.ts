import type { SlotVersion } from "../store/archive";
import type { Coverage, CoverageSource, MissingWhy } from "./types";
import { coarseTier, fineTier, hourMs, type Retention, slotStart } from "../store/tiers";

const minuteMs = coarseTier.widthMs;
/** More than any chart draws; limits the cost of a request. */
const maxBuckets = 2_000;

/** A range in whole buckets. */
export type Range = {
  asOfMs: number;
  fromMs: number;
  /** End of the last bucket. */
  toMs: number;
  /** End of available data: includes the slot that is still filling. */
  endMs: number;
  stepMs: number;
  buckets: number;
};

/** Throws a RangeError for an unsupported step or more than 2 000 buckets. */
export function cutRange(
  { fromMs, toMs, stepMs }: { fromMs: number; toMs: number | null; stepMs: number },
  asOfMs: number,
): Range {
  const isFine = stepMs < minuteMs;
  if (!(stepMs > 0) || stepMs % fineTier.widthMs !== 0 || (isFine ? minuteMs % stepMs : stepMs % minuteMs) !== 0) {
    throw new RangeError(`Buckets of ${stepMs} ms are not supported.`);
  }
  const begin = Math.floor(fromMs / stepMs) * stepMs;
  const end = toMs === null || toMs > asOfMs ? asOfMs + 1 : toMs;
  const buckets = Math.max(1, Math.ceil((end - begin) / stepMs));
  if (buckets > maxBuckets) throw new RangeError(`${buckets} buckets exceed the limit of ${maxBuckets}.`);
  const { widthMs } = isFine ? fineTier : coarseTier;
  const endMs = Math.min(begin + buckets * stepMs, slotStart({ widthMs }, asOfMs) + widthMs);
  return { asOfMs, fromMs: begin, toMs: begin + buckets * stepMs, endMs, stepMs, buckets };
}

/** The index of the bucket that contains a slot. */
export function bucketOf({ fromMs, stepMs }: Range, startMs: number): number {
  return Math.floor((startMs - fromMs) / stepMs);
}

/** Slots in Postgres, by start; null if it was not queried or did not respond. */
export type Held = { minutes: ReadonlyMap<number, SlotVersion> | null; hours: ReadonlyMap<number, SlotVersion> | null };

/** A span read from one source. */
export type Cell = { source: CoverageSource; startMs: number; endMs: number };
export type Plan = { cells: Cell[]; missing: Coverage["missing"] };

export type PlanOptions = {
  retention: Retention;
  held: Held;
  /** Why merged slots cannot be read; null if they can. */
  withoutArchive: MissingWhy | null;
  /** The widest cells allowed. */
  widest: "5s" | "1m" | "1h";
  /** The narrowest cells allowed where nothing wider fits. */
  finest: "5s" | "1m";
};

/**
 * Selects the sources for a range: whole hours, then minutes from Postgres, node minutes for those it lacks, and
 * 5 s slots. Expired data counts as missing; data that should exist but does not was never reported.
 */
export function planCells({ fromMs, endMs, asOfMs }: Range, options: PlanOptions): Plan {
  const { retention, held, withoutArchive, widest, finest } = options;
  const plan: Plan = { cells: [], missing: [] };
  const take = (source: CoverageSource, startMs: number, widthMs: number): number => {
    plan.cells.push({ source, startMs, endMs: startMs + widthMs });
    return startMs + widthMs;
  };
  const miss = (why: MissingWhy, startMs: number, widthMs: number): number => {
    const last = plan.missing.at(-1);
    if (last !== undefined && last.why === why && last.toMs === startMs) last.toMs = startMs + widthMs;
    else plan.missing.push({ fromMs: startMs, toMs: startMs + widthMs, why });
    return startMs + widthMs;
  };
  const isKept = (startMs: number, widthMs: number, keepMs: number): boolean => startMs + widthMs > asOfMs - keepMs;
  const isHourHeld = (startMs: number): boolean => {
    const hour = held.hours?.get(startMs);
    return hour !== undefined && countMinutes(held.minutes, startMs) <= hour.messages;
  };
  /** The running minute counts as whole when the range extends to now. */
  const fitsMinute = (atMs: number): boolean => {
    const end = atMs + minuteMs;
    return atMs % minuteMs === 0 && (end <= endMs || (atMs <= asOfMs && asOfMs < end && asOfMs < endMs));
  };

  let at = fromMs;
  while (at < endMs) {
    if (widest === "1h" && at % hourMs === 0 && at + hourMs <= endMs) {
      if (isHourHeld(at)) {
        at = take("hours", at, hourMs);
        continue;
      }
      // Older than any minute, so there is nothing finer to read.
      if (!isKept(at, hourMs, Math.max(retention.minutesMs, retention.nodeMinutesMs))) {
        const isOld = !isKept(at, hourMs, retention.hoursMs);
        if (withoutArchive !== null || isOld) miss(withoutArchive ?? "not-kept", at, hourMs);
        at += hourMs;
        continue;
      }
    }
    if (widest !== "5s" && fitsMinute(at)) {
      const hasNodes = isKept(at, minuteMs, retention.nodeMinutesMs);
      if (held.minutes?.has(at) === true) take("minutes", at, minuteMs);
      else if (hasNodes) take("nodes", at, minuteMs);
      else if (withoutArchive !== null) miss(withoutArchive, at, minuteMs);
      else if (!isKept(at, minuteMs, retention.minutesMs)) miss("not-kept", at, minuteMs);
      at += minuteMs;
      continue;
    }
    if (finest === "5s") {
      if (isKept(at, fineTier.widthMs, retention.fineMs)) take("live", at, fineTier.widthMs);
      else miss("not-kept", at, fineTier.widthMs);
      at += fineTier.widthMs;
      continue;
    }
    // Only ranges with 5 s buckets start or end within a minute.
    at = Math.floor(at / minuteMs) * minuteMs + minuteMs;
  }
  return plan;
}

function countMinutes(minutes: Held["minutes"], hourStartMs: number): number {
  let messages = 0;
  for (let at = hourStartMs; at < hourStartMs + hourMs; at += minuteMs) messages += minutes?.get(at)?.messages ?? 0;
  return messages;
}

/** Joins neighbouring cells of one source. */
export function partsOf(cells: readonly Cell[]): Coverage["parts"] {
  const parts: Coverage["parts"] = [];
  for (const { source, startMs, endMs } of cells) {
    const last = parts.at(-1);
    if (last !== undefined && last.source === source && last.toMs === startMs) last.toMs = endMs;
    else parts.push({ fromMs: startMs, toMs: endMs, source });
  }
  return parts;
}
