import type { MonotonicClock } from "../clock";
import { storable } from "../names";
import { createSpaceSaving } from "@weir/core/sketches/space-saving";
import { mergeSummaries, type Summary } from "./summary";

/** Which keys this node reads most, in bounded memory. */
export type HotKeys = {
  /** Called for each read. Most calls only count down to the next one that is looked at. */
  seen: (group: string, cacheKey: string) => void;
  /** Ends the present window. Answers the last minute or so, null when nothing was read in it. */
  turn: () => Summary | null;
};

export type HotKeysOptions = { clock: MonotonicClock; random: () => number };

/** What is counted, what is kept of an ended window, and what is told to others. */
const sizes = { counters: 512, kept: 128, told: 100 } as const;
const mostWindows = 6;

/** How many samples pass between two looks at the clock, and how long they should take. */
const samplesPerLook = 1024;
const shortestLookMs = 500;
const longestLookMs = 4000;
const coarsestStep = 4096;

/**
 * Counts one read in `step`, drawn at random, `step` times. The step follows the traffic: at most some two thousand
 * samples a second are taken, and each read is where there are few.
 */
export function createHotKeys({ clock, random }: HotKeysOptions): HotKeys {
  let counters = createSpaceSaving(sizes.counters);
  let windows: Summary[] = [];
  let beganAtMs = clock.now();
  let step = 1;
  let coarsest = 1;
  let left = 1;
  let samples = 0;
  let lookedAtMs = beganAtMs;

  const takeStep = (next: number): void => {
    step = next;
    coarsest = Math.max(coarsest, step);
    left = Math.min(left, 2 * step - 1);
  };
  const look = (): void => {
    samples = 0;
    const nowMs = clock.now();
    const tookMs = nowMs - lookedAtMs;
    lookedAtMs = nowMs;
    if (tookMs < shortestLookMs) takeStep(Math.min(2 * step, coarsestStep));
    else if (tookMs > longestLookMs) takeStep(Math.max(1, step >> 2));
  };
  const sample = (group: string, cacheKey: string): void => {
    counters.add(`${group}:${storable(cacheKey)}`, step);
    // From 1 to 2·step − 1, so `step` on average: a fixed distance would miss what comes in step with it.
    left = step === 1 ? 1 : 1 + Math.floor(random() * (2 * step - 1));
    samples += 1;
    if (samples === samplesPerLook) look();
  };

  return {
    seen: (group, cacheKey) => {
      left -= 1;
      if (left === 0) sample(group, cacheKey);
    },
    turn: () => {
      const nowMs = clock.now();
      const { floor } = counters;
      const top = counters.top(sizes.kept);
      const cutOff = counters.size > sizes.kept ? (top.at(-1)?.count ?? 0) : 0;
      const ended = { spanMs: nowMs - beganAtMs, step: coarsest, floor: Math.max(floor, cutOff), counters: top };
      windows = [...windows, ended].slice(-mostWindows);
      if (counters.size > 0) counters = createSpaceSaving(sizes.counters);
      if (nowMs - lookedAtMs > longestLookMs) look();
      coarsest = step;
      beganAtMs = nowMs;
      const spanMs = windows.reduce((sum, one) => sum + one.spanMs, 0);
      const merged = mergeSummaries(windows, sizes.told, spanMs);
      return merged.counters.length === 0 ? null : merged;
    },
  };
}
