import { readdirSync, readFileSync } from "node:fs";

/** The first field of /proc/<pid>/task/<thread>/schedstat: nanoseconds on a CPU. */
export function parseSchedstat(line: string): number {
  return Number.parseInt(line, 10) / 1e6;
}

/**
 * CPU time in ms that the living threads of a process have used so far, without its children; to the microsecond, where
 * `cpuTimeMs` counts in steps of ten milliseconds. Needs Linux. Throws when the process is gone.
 */
export function exactCpuTimeMs(pid: number): number {
  const folder = `/proc/${pid}/task`;
  return readdirSync(folder).reduce((total, thread) => {
    try {
      return total + parseSchedstat(readFileSync(`${folder}/${thread}/schedstat`, "utf8"));
    } catch {
      // The thread has ended.
      return total;
    }
  }, 0);
}
