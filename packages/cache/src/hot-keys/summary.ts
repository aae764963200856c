import { parseJson } from "../entry";
import type { Counter } from "@weir/core/sketches/space-saving";

/** The most read keys of one span of time on one node, or on several. Counts are of reads. */
export type Summary = {
  readonly spanMs: number;
  /** One read in so many was counted, so many times; the coarsest that was used. */
  readonly step: number;
  /** No name that is not listed was read more often. */
  readonly floor: number;
  readonly counters: readonly Counter[];
};

/**
 * The summary of what happened in all of them: counts add up, and where a name is missing it may have been read as often
 * as that summary's floor, which goes to the error (Agarwal et al., "Mergeable Summaries", PODS 2012). `spanMs` is the
 * caller's to say: spans of one node follow each other, those of several nodes lie side by side.
 */
export function mergeSummaries(summaries: readonly Summary[], most: number, spanMs: number): Summary {
  const floor = summaries.reduce((sum, one) => sum + one.floor, 0);
  const merged = new Map<string, Counter>();
  for (const summary of summaries) {
    for (const { name, count, error } of summary.counters) {
      const known = merged.get(name) ?? { name, count: floor, error: floor };
      // Here it is listed, so this summary's floor no longer stands for it.
      const more = { count: count - summary.floor, error: error - summary.floor };
      merged.set(name, { name, count: known.count + more.count, error: known.error + more.error });
    }
  }
  const sorted = [...merged.values()].toSorted((a, b) => surely(b) - surely(a) || (a.name < b.name ? -1 : 1));
  const cutOff = sorted.slice(most).reduce((largest, { count }) => Math.max(largest, count), 0);
  const step = summaries.reduce((coarsest, one) => Math.max(coarsest, one.step), 1);
  return { spanMs, step, floor: Math.max(floor, cutOff), counters: sorted.slice(0, most) };
}

/** How often it was read at least, were it not for the sampling. */
export const surely = ({ count, error }: Counter): number => count - error;

/** Twice the standard error of a count of which one in `step` was drawn. */
export const samplingError = (count: number, step: number): number => 2 * Math.sqrt(count * (step - 1));

const format = 1;

export function encodeSummary({ spanMs, step, floor, counters }: Summary): string {
  const rows = counters.map(({ name, count, error }) => [name, count, error]);
  return JSON.stringify([format, Math.round(spanMs), step, floor, rows]);
}

/** Null for anything that `encodeSummary` did not write. */
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
