import { readFileSync } from "node:fs";
import { setTimeout as pause } from "node:timers/promises";
import { median } from "../statistics";

/** Resident memory of one process in MB (2^20 bytes). Needs Linux's /proc. */
function residentMb(pid: number): number {
  const kilobytes = /^VmRSS:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, "utf8"))?.[1];
  return Number(kilobytes ?? Number.NaN) / 1024;
}

/** The median of resident memory over a period. */
export async function settledResidentMb(pid: number, overMs: number): Promise<number> {
  const samples: number[] = [];
  for (const end = performance.now() + overMs; performance.now() < end; await pause(100)) samples.push(residentMb(pid));
  return median(samples);
}
