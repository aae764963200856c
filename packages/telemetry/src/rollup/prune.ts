import { hourMs } from "../tiers";
import { oldestMinutes } from "./roll-hours";
import type { Rollup } from "./rollup";

const rowsPerStatement = 200;
const mostStatements = 10;

/** Removes what is kept no longer, in bounded statements, for a bounded number of them. Answers whether some is left. */
export async function prune({ archive, retention, mayGoOn }: Rollup, nowMs: number): Promise<{ isDone: boolean }> {
  const oldestHour = Math.floor((nowMs - retention.hoursMs) / hourMs) * hourMs;
  const steps = [
    () => archive.prune("1m", oldestMinutes(retention.minutesMs, nowMs), rowsPerStatement),
    () => archive.prune("1h", oldestHour, rowsPerStatement),
    () => archive.pruneTexts(oldestHour, rowsPerStatement),
  ];
  let left = mostStatements;
  for (const step of steps) {
    for (;;) {
      if (left === 0 || !mayGoOn()) return { isDone: false };
      left -= 1;
      if ((await step()) < rowsPerStatement) break;
    }
  }
  return { isDone: true };
}
