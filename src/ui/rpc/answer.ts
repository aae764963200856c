import type { OutcomeName } from "@/admin/insights/contract/overview";
import { parseServerTiming } from "@weir/core/server-timing";

/** How one cache read behind an answer ended. */
export type AnswerRead = { group: string; outcome: OutcomeName; durationMs: number | null };

/** One answer of the server, as its `Server-Timing` header and the browser's clock tell it. */
export type Answer = {
  /** Counts up in the order of arrival. */
  id: number;
  procedure: string;
  input: unknown;
  ok: boolean;
  /** From sending to the last byte, as the browser saw it. */
  roundTripMs: number;
  /** Time on the server; null when the answer does not say. */
  totalMs: number | null;
  reads: readonly AnswerRead[];
  /** Time of the load, and the database's part of it; null when nothing was loaded. */
  loadMs: number | null;
  sqlMs: number | null;
  poolMs: number | null;
};

const outcomeOfWord: Readonly<Record<string, OutcomeName>> = {
  l1: "hitL1",
  l2: "hitL2",
  coalesced: "coalesced",
  stale: "stale",
  negative: "negative",
  miss: "miss",
  error: "error",
  bypass: "bypass",
};

function readOf(description: string | null, durationMs: number | null): AnswerRead | null {
  if (description === null) return null;
  const at = description.lastIndexOf(" ");
  const outcome = outcomeOfWord[description.slice(at + 1)];
  return at < 1 || outcome === undefined ? null : { group: description.slice(0, at), outcome, durationMs };
}

/** What a `Server-Timing` header says about where an answer came from. Words it does not know are left out. */
export function readTimings(header: string | null): Pick<Answer, "totalMs" | "reads" | "loadMs" | "sqlMs" | "poolMs"> {
  const metrics = parseServerTiming(header);
  const durationOf = (name: string): number | null =>
    metrics.find((metric) => metric.name === name)?.durationMs ?? null;
  return {
    totalMs: durationOf("total"),
    loadMs: durationOf("load"),
    sqlMs: durationOf("sql"),
    poolMs: durationOf("pool"),
    reads: metrics.flatMap((metric) => {
      const read = metric.name === "cache" ? readOf(metric.description, metric.durationMs) : null;
      return read === null ? [] : [read];
    }),
  };
}

/** From the cheapest to the dearest way to an answer. */
const byCost: readonly OutcomeName[] = ["hitL1", "hitL2", "negative", "stale", "coalesced", "miss", "bypass", "error"];

/** The dearest of an answer's reads, which decided how long it took, and how many ended like it; null without reads. */
export function decidingOutcome(reads: readonly AnswerRead[]): { outcome: OutcomeName; count: number } | null {
  let dearest: OutcomeName | null = null;
  for (const { outcome } of reads) {
    if (dearest === null || byCost.indexOf(outcome) > byCost.indexOf(dearest)) dearest = outcome;
  }
  if (dearest === null) return null;
  return { outcome: dearest, count: reads.filter((read) => read.outcome === dearest).length };
}
