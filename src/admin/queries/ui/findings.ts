import type { Advice } from "@/admin/queries/contract";
import type { InsightTable } from "@/admin/insights/contract/tables";
import { formatCount, formatDuration, formatFixed, formatShare, readAloud } from "@/ui/format/numbers";
import { adviceTitle, bestGain, gainWords } from "./indexes/advice-words";
import type { QueriesTab, SheetTab } from "./queries-state";

type Row = InsightTable<"statements">["rows"][number];

/** A sentence about the queries, with its evidence. */
export type Finding = {
  id: "load" | "slow" | "wait" | "repeat" | "errors" | "indexes";
  level: "healthy" | "watch" | "act";
  sentence: string;
  /** When it warns. */
  rule: string;
  evidence: { open: string; sheet: SheetTab } | { tab: QueriesTab };
};

/** Fewer executions are not judged: chance would decide. */
const minRuns = 20;
const watchMs = 100;
const actMs = 1_000;
const watchWaitMs = 5;
const actWaitMs = 50;
const manyPerCall = 5;
const actErrors = 0.05;

const duration = (ms: number): string => readAloud(formatDuration(ms));
const share = (ratio: number): string => readAloud(formatShare(ratio));
const number = (value: number): string => formatFixed(value, value < 9.95 ? 1 : 0);

const largest = (rows: readonly Row[], of: (row: Row) => number | null): Row | undefined =>
  rows.filter((row) => of(row) !== null).toSorted((a, b) => (of(b) ?? 0) - (of(a) ?? 0))[0];

const was = (now: number | null, before: number | null | undefined): string =>
  now === null || before === null || before === undefined ? "" : ` (was ${duration(before)})`;

/** What an operator should know of these statements and this advice, worst first. Empty without statements. */
export function findingsOf(rows: readonly Row[], advice: readonly Advice[] | undefined): Finding[] {
  const judged = rows.filter(({ count }) => count >= minRuns);
  const found: Finding[] = [];
  const costliest = largest(rows, ({ totalMs }) => totalMs);
  if (costliest !== undefined) {
    found.push({
      id: "load",
      level: "healthy",
      sentence: `${costliest.name} takes ${share(costliest.totalShare ?? 0)} of the time of all statements: ${formatCount(costliest.count)} calls, mean ${duration(costliest.meanMs ?? 0)}.`,
      rule: "The statement with the most total time.",
      evidence: { open: costliest.name, sheet: "timing" },
    });
  }
  const slowest = largest(judged, ({ p95Ms }) => p95Ms);
  if (slowest !== undefined && slowest.p95Ms !== null) {
    found.push({
      id: "slow",
      level: slowest.p95Ms >= actMs ? "act" : slowest.p95Ms >= watchMs ? "watch" : "healthy",
      sentence: `Slowest at p95: ${slowest.name}, ${duration(slowest.p95Ms)}${was(slowest.p95Ms, slowest.before?.p95Ms)}.`,
      rule: `Of statements with ${minRuns} calls or more; warning from ${watchMs} ms, critical from ${actMs / 1_000} s.`,
      evidence: { open: slowest.name, sheet: "plan" },
    });
  }
  const waiting = largest(judged, ({ waitP95Ms }) => waitP95Ms);
  if (waiting !== undefined && waiting.waitP95Ms !== null) {
    const { waitP95Ms } = waiting;
    found.push({
      id: "wait",
      level: waitP95Ms >= actWaitMs ? "act" : waitP95Ms >= watchWaitMs ? "watch" : "healthy",
      sentence: `Longest wait for a connection: p95 ${duration(waitP95Ms)}${was(waitP95Ms, waiting.before?.waitP95Ms)} (${waiting.name}).`,
      rule: `Warning from ${watchWaitMs} ms, critical from ${actWaitMs} ms: the pool is too small, or statements hold connections too long.`,
      evidence: { open: waiting.name, sheet: "timing" },
    });
  }
  const repeated = largest(judged, ({ callers }) => Math.max(0, ...callers.map(({ perCall }) => perCall ?? 0)));
  const by = repeated?.callers.toSorted((a, b) => (b.perCall ?? 0) - (a.perCall ?? 0))[0];
  if (repeated !== undefined && by !== undefined && by.perCall !== null && by.perCall >= manyPerCall) {
    found.push({
      id: "repeat",
      level: "watch",
      sentence: `${repeated.name} runs ${number(by.perCall)} times per call of ${by.procedure}: read the rows in one statement.`,
      rule: `Warning from ${manyPerCall} executions per call (N+1).`,
      evidence: { open: repeated.name, sheet: "timing" },
    });
  }
  const failing = largest(rows, ({ errors }) => errors);
  if (failing !== undefined && failing.errors > 0) {
    found.push({
      id: "errors",
      level: failing.errors / failing.count >= actErrors ? "act" : "watch",
      sentence: `${formatCount(failing.errors)} of ${formatCount(failing.count)} calls of ${failing.name} failed.`,
      rule: `Warning from the first error, critical from ${actErrors * 100} % of its calls.`,
      evidence: { open: failing.name, sheet: "timing" },
    });
  }
  const missing = advice?.filter(({ action }) => action === "create") ?? [];
  const spare = advice?.filter(({ action }) => action === "drop") ?? [];
  const [first] = missing.length > 0 ? missing : spare;
  if (first !== undefined) {
    const best = bestGain(first);
    const gain = best === null ? "" : `, which makes ${best.name} ${gainWords(best) ?? ""}`;
    const rest = missing.length + spare.length - 1;
    found.push({
      id: "indexes",
      level: missing.length > 0 ? "watch" : "healthy",
      sentence: `${adviceTitle(first)}${gain}${rest === 0 ? "" : `; ${rest} more`}.`,
      rule: "Warning while an index is missing for a statement that ran.",
      evidence: { tab: "indexes" },
    });
  }
  const order = ["act", "watch", "healthy"] as const;
  return found.toSorted((a, b) => order.indexOf(a.level) - order.indexOf(b.level));
}
