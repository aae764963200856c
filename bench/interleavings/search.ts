import { spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";

export type Search = {
  program: string;
  seed: number;
  /** Schedules without writes and faults, which check that loads are shared. */
  calm: number;
  /** Schedules with both. */
  troubled: number;
  evictMarks?: boolean;
  /** False when finding any violation is enough, not the shortest schedule. */
  shorten?: boolean;
  /** Also run the written schedule. */
  scene?: boolean;
  /** Called with the number of schedules run so far. */
  progress?: (schedules: number) => void;
};

export type Found = {
  schedules: number;
  /** The violation and how to reproduce it; null when all rules held. */
  violation: string | null;
};

type Line = Partial<Found> & { done?: true };

/** Runs a search in a child process, which ends with this one. Rejects when it ends without a verdict. */
export async function search(options: Search): Promise<Found> {
  const { program, seed, calm, troubled, evictMarks = false, shorten = true, scene = false, progress } = options;
  const flags = [evictMarks, shorten, scene].map((flag) => (flag ? "1" : "0"));
  const args = [program, String(seed), String(calm), String(troubled), ...flags];
  const child = spawn(process.execPath, args, { stdio: ["ignore", "pipe", "inherit"] });
  const kill = (): void => void child.kill("SIGKILL");
  process.once("exit", kill);
  let found: Found | undefined;
  const ended = once(child, "close");
  for await (const text of createInterface({ input: child.stdout })) {
    // The output of explore.ts.
    const { schedules = 0, violation = null, done } = JSON.parse(text) as Line;
    progress?.(schedules);
    if (done === true) found = { schedules, violation };
  }
  await ended;
  process.off("exit", kill);
  if (found === undefined) throw new Error(`The search with seed ${seed} ended without a verdict.`);
  return found;
}
