/** What decides when an entry is refreshed early. Times are local ms. */
export type Aging = { readonly value: unknown; readonly loadMs: number; readonly freshUntilMs: number };

/** A random number is below e^-10 once in 22 000 reads: earlier than this no read need roll the dice. */
const longestLead = 10;

/** From when on `isDueEarly` may say yes. */
export function earlyFrom({ value, loadMs, freshUntilMs }: Aging): number {
  return value === null ? Number.POSITIVE_INFINITY : freshUntilMs - longestLead * loadMs;
}

/**
 * True when this read should refresh a fresh entry, so that a hot key is replaced before it ends: the more likely, the
 * nearer the end and the longer its load takes. Of readers who come at a steady pace, few do, and seldom more than one.
 *
 * Vattani, Chierichetti, Lowenstein: Optimal Probabilistic Cache Stampede Prevention (VLDB 2015), with beta = 1.
 */
export function isDueEarly(aging: Aging, nowMs: number, random: () => number): boolean {
  if (nowMs < earlyFrom(aging)) return false;
  // From above 0 to 1, whose logarithm is finite.
  return nowMs - aging.loadMs * Math.log(1 - random()) >= aging.freshUntilMs;
}
