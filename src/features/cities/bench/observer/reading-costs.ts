import { Redis } from "ioredis";
import type { TemporaryServices } from "@weir/embedded";
import { createTelemetryReader } from "@weir/telemetry";
import { renderPrometheus } from "../../../../../packages/telemetry/src/metrics/prometheus";
import { fillAll, processSnapshotOf } from "../../../../../packages/telemetry/src/metrics/test-snapshot";
import {
  fillFleet,
  fleetNodes,
  fleetStartMs,
  seriesPerKind,
} from "../../../../../packages/telemetry/src/read/test-fleet";

/** The cost of reading in ms: the best of several rounds, to exclude other load on the machine. */
export type ReadingCosts = {
  /** CPU time of a page of metrics with 300 and 1 800 series, and of the longest piece of the larger one. */
  pageCpuMs: number;
  largePageCpuMs: number;
  longestPieceCpuMs: number;
  /** An hour over twenty nodes: everything for the first time and a second later, then five series over time. */
  totalsColdMs: number;
  totalsWarmMs: number;
  seriesMs: number;
  /** The longest time that the event loop was blocked. */
  holdMs: number;
};

const bounds: readonly { cost: keyof ReadingCosts; most: number; says: string }[] = [
  { cost: "pageCpuMs", most: 20, says: "a page of metrics with 300 series, CPU" },
  { cost: "longestPieceCpuMs", most: 7, says: "the longest piece of a page with 1 800 series, CPU" },
  { cost: "totalsWarmMs", most: 2_000, says: "an hour over twenty nodes, read again" },
  { cost: "seriesMs", most: 2_000, says: "five series over an hour of twenty nodes" },
  { cost: "holdMs", most: 500, says: "the event loop while the hour is read" },
];

export function judgeReading(costs: ReadingCosts): { line: string; isHeld: boolean }[] {
  return bounds.map(({ cost, most, says }) => {
    const isHeld = costs[cost] <= most;
    return {
      isHeld,
      line: `${isHeld ? "✓ held  " : "✗ missed"} at most ${most} ms: ${says}: ${costs[cost].toFixed(1)}`,
    };
  });
}

const cpuMs = (since: NodeJS.CpuUsage): number => {
  const { user, system } = process.cpuUsage(since);
  return (user + system) / 1e3;
};

async function measurePage(names: number, rounds: number): Promise<{ wholeMs: number; pieceMs: number }> {
  const snapshot = processSnapshotOf((counted) => {
    for (let number = 0; number < names; number += 1) fillAll(counted, number);
  });
  const best = { wholeMs: Number.POSITIVE_INFINITY, pieceMs: Number.POSITIVE_INFINITY };
  for (let round = 0; round < rounds; round += 1) {
    const began = process.cpuUsage();
    let maxMs = 0;
    const pieces = renderPrometheus(snapshot);
    for (let isDone = false; !isDone;) {
      const beganPiece = process.cpuUsage();
      isDone = (await pieces.next()).done === true;
      maxMs = Math.max(maxMs, cpuMs(beganPiece));
    }
    best.wholeMs = Math.min(best.wholeMs, cpuMs(began));
    best.pieceMs = Math.min(best.pieceMs, maxMs);
  }
  return best;
}

async function timed(work: () => Promise<unknown>): Promise<{ ms: number; holdMs: number }> {
  let holdMs = 0;
  let last = performance.now();
  const turns = setInterval(() => {
    const now = performance.now();
    holdMs = Math.max(holdMs, now - last);
    last = now;
  }, 1);
  const began = performance.now();
  await work();
  clearInterval(turns);
  return { ms: performance.now() - began, holdMs };
}

async function measureHour(redis: Redis, rounds: number) {
  const keyPrefix = "reading:";
  const minuteMs = 60_000;
  await fillFleet(redis, keyPrefix, 61);
  const range = {
    fromMs: fleetStartMs + minuteMs,
    toMs: null,
    stepMs: minuteMs,
    origins: ["app"],
    nodeIds: null,
  } as const;
  const wanted = [0, 1, 2, 3, 4].map((index) => ({ kind: "rpc", name: `feature${index}.procedure` }) as const);
  const best = { totalsColdMs: Infinity, totalsWarmMs: Infinity, seriesMs: Infinity, holdMs: Infinity };
  for (let round = 0; round < rounds; round += 1) {
    let nowMs = fleetStartMs + 60 * minuteMs + 30_000;
    const reader = createTelemetryReader({ redis, keyPrefix, now: () => nowMs, deadlineMs: 30_000 });
    const cold = await timed(() => reader.totals(range));
    nowMs += 1_000;
    const warm = await timed(() => reader.totals(range));
    const five = await timed(() => reader.series({ ...range, wanted }));
    best.totalsColdMs = Math.min(best.totalsColdMs, cold.ms);
    best.totalsWarmMs = Math.min(best.totalsWarmMs, warm.ms);
    best.seriesMs = Math.min(best.seriesMs, five.ms);
    best.holdMs = Math.min(best.holdMs, Math.max(cold.holdMs, warm.holdMs, five.holdMs));
  }
  const keys = await redis.keys(`${keyPrefix}*`);
  if (keys.length > 0) await redis.unlink(keys);
  return best;
}

/** The cost of a metrics page for the exporting process, and of reading a busy fleet for the dashboard's process. */
export async function measureReading(services: TemporaryServices, rounds: number): Promise<ReadingCosts> {
  const redis = new Redis(services.queueRedisUrl);
  try {
    const usual = await measurePage(50, rounds);
    const large = await measurePage(300, rounds);
    const hour = await measureHour(redis, rounds);
    return {
      pageCpuMs: usual.wholeMs,
      largePageCpuMs: large.wholeMs,
      longestPieceCpuMs: large.pieceMs,
      ...hour,
    };
  } finally {
    redis.disconnect();
  }
}

export function describeReading(costs: ReadingCosts): string {
  const ms = (value: number): string => `${value.toFixed(value < 100 ? 1 : 0)} ms`;
  return [
    `A page of metrics takes ${ms(costs.pageCpuMs)} of CPU with 300 series and ${ms(costs.largePageCpuMs)} with 1 800.`,
    `An hour over ${fleetNodes} nodes × ${3 * seriesPerKind} series takes ${ms(costs.totalsColdMs)} when nothing is ` +
      `cached and ${ms(costs.totalsWarmMs)} a second later; five of its series over time take ${ms(costs.seriesMs)}.`,
  ].join("\n");
}
