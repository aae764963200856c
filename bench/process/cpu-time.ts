import { readdirSync, readFileSync } from "node:fs";

/** USER_HZ, in which Linux shows times to programs: 100 on every architecture that Node runs on. */
const msPerTick = 10;

export type ProcessStat = { pid: number; parent: number; ticks: number };

/**
 * Reads a line of /proc/<pid>/stat: user and system time, with that of children that have ended. The command's name in it
 * may hold spaces and brackets.
 */
export function parseStat(line: string): ProcessStat {
  const fields = line.slice(line.lastIndexOf(")") + 2).split(" ");
  const field = (index: number): number => Number(fields[index] ?? Number.NaN);
  return {
    pid: Number.parseInt(line, 10),
    parent: field(1),
    ticks: field(11) + field(12) + field(13) + field(14),
  };
}

function readStats(): ProcessStat[] {
  return readdirSync("/proc")
    .filter((name) => /^\d+$/.test(name))
    .flatMap((name) => {
      try {
        return [parseStat(readFileSync(`/proc/${name}/stat`, "utf8"))];
      } catch {
        // It has ended.
        return [];
      }
    });
}

/** The process and its descendants. */
export function familyOf(root: number, stats: readonly ProcessStat[]): ProcessStat[] {
  const family = stats.filter(({ pid }) => pid === root);
  for (const member of family) family.push(...stats.filter(({ parent }) => parent === member.pid));
  return family;
}

/**
 * CPU time in ms, user and system, that a process with all its threads and its children has used so far, in steps of 10.
 * Needs Linux's /proc. Throws when the process is gone.
 */
export function cpuTimeMs(pid: number): number {
  const family = familyOf(pid, readStats());
  if (family.length === 0) throw new Error(`Process ${pid} has ended.`);
  return family.reduce((total, { ticks }) => total + ticks, 0) * msPerTick;
}
