import { spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";

export type Search = {
  program: string;
  seed: number;
  /** Schedules without writes and troubles, which judge that loads are shared. */
  calm: number;
  /** Schedules with both. */
  troubled: number;
  evictMarks?: boolean;
  /** False where it is enough to know that something was found, and not the shortest way to it. */
  shorten?: boolean;
  /** Also the schedule that is written out. */
  scene?: boolean;
  /** Hears how many have been run so far. */
  progress?: (schedules: number) => void;
};

export type Found = {
  schedules: number;
  /** What did not hold and how to see it again; null when all held. */
  violation: string | null;
};

type Line = Partial<Found> & { done?: true };

/** Runs a search in a process of its own, which ends with this one. Rejects when it ends without a verdict. */
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
    // What explore.ts writes.
    const { schedules = 0, violation = null, done } = JSON.parse(text) as Line;
    progress?.(schedules);
    if (done === true) found = { schedules, violation };
  }
  await ended;
  process.off("exit", kill);
  if (found === undefined) throw new Error(`The search with seed ${seed} ended without a verdict.`);
  return found;
}
