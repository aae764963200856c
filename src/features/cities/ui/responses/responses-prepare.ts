import type { OutcomeName } from "@weir/core/outcomes";
import { decidingOutcome, type TimedResponse } from "@/ui/rpc/responses";

/** What the cache saved on the latest response, compared with the same call when it was loaded. */
export type Saving = {
  response: TimedResponse;
  outcome: OutcomeName;
  totalMs: number;
  loadedTotalMs: number;
  loadedSqlMs: number | null;
  /** How many times faster; at least 1. */
  factor: number;
};

const withoutLoad: ReadonlySet<OutcomeName> = new Set(["hitL1", "hitL2", "stale", "negative"]);

/**
 * The latest response without a load, compared with the latest earlier load of the same call. Null without such a pair,
 * or if the load was not slower.
 */
export function findSaving(newestFirst: readonly TimedResponse[]): Saving | null {
  for (const [index, response] of newestFirst.entries()) {
    const outcome = decidingOutcome(response.reads)?.outcome;
    if (outcome === undefined || !withoutLoad.has(outcome) || response.totalMs === null || !response.ok) continue;
    const asked = JSON.stringify(response.input);
    const loaded = newestFirst.slice(index + 1).find((earlier) => {
      const isSameCall = earlier.procedure === response.procedure && JSON.stringify(earlier.input) === asked;
      return isSameCall && earlier.ok && decidingOutcome(earlier.reads)?.outcome === "miss";
    });
    const loadedTotalMs = loaded?.totalMs ?? null;
    if (loaded === undefined || loadedTotalMs === null || loadedTotalMs <= response.totalMs) continue;
    // A clock too coarse to measure the hit must not make the factor infinite.
    const factor = loadedTotalMs / Math.max(response.totalMs, 0.001);
    return { response, outcome, totalMs: response.totalMs, loadedTotalMs, loadedSqlMs: loaded.sqlMs, factor };
  }
  return null;
}

const show = (value: unknown): string =>
  typeof value === "number" ? String(Math.round(value * 100) / 100) : String(value);

function fieldsOf(input: unknown): Record<string, unknown> {
  return typeof input === "object" && input !== null ? { ...input } : {};
}

const maxLength = 40;

/** A short description of a call's input, to tell it from other calls of the procedure. */
export function describeInput(input: unknown): string {
  const { q, country, id, ids, lat, lon, code } = fieldsOf(input);
  if (typeof q === "string") {
    const text = q.length > maxLength ? `${q.slice(0, maxLength)}…` : q;
    return country === undefined ? `“${text}”` : `“${text}” in ${show(country)}`;
  }
  if (id !== undefined) return show(id);
  if (Array.isArray(ids)) return `${ids.length} ids`;
  if (lat !== undefined && lon !== undefined) return `${show(lat)}, ${show(lon)}`;
  if (code !== undefined) return show(code);
  return "";
}
