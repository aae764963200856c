import {
  findTrend,
  liveGrowthMb,
  type MemorySample,
  mostBesideHeapMb,
  mostLiveMb,
  mostResidentRatio,
  type Trend,
} from "./judge-memory";
import type { Tally } from "./tally";

export type Check = { name: string; held: boolean; detail: string };

export type Outcome = {
  isAlive: boolean;
  /** Whether all samples were taken. */
  isComplete: boolean;
  samples: readonly MemorySample[];
  liveMb: readonly number[];
  tally: Pick<Tally, "statuses" | "unexpected" | "examples" | "answers">;
  /** State after the load; null when the server did not respond. */
  idle: { connections: number; eventLoopUtilisation: number } | null;
};

/** More than telemetry, the cache's log and the sweep of the outbox take on a slow machine. */
export const mostIdleUtilisation = 0.05;

const signed = (value: number): string => `${value < 0 ? "−" : "+"}${Math.abs(value).toFixed(1)}`;
const perHour = (mbPerSecond: number): string => `${signed(mbPerSecond * 3_600)} MB/h`;

const describeGrowth = ({ thirdMb, fourthMb, growthMb }: Trend): string =>
  `median ${thirdMb.toFixed(1)} MB, then ${fourthMb.toFixed(1)} MB: ${signed(growthMb)} MB`;

/** The requirements of a run, each with the values that decide it. */
export function decide(outcome: Outcome): Check[] {
  const { isAlive, isComplete, samples, liveMb, tally, idle } = outcome;
  const resident = findTrend(samples.map(({ atSeconds, residentMb }) => [atSeconds, residentMb]));
  const beside = findTrend(samples.map(({ atSeconds, besideHeapMb }) => [atSeconds, besideHeapMb]));
  const [low, high] = beside.slope.interval;
  const live = liveGrowthMb(liveMb);
  const failures = tally.statuses.filter(([status]) => status >= 500);
  const check = (name: string, held: boolean, detail: string): Check => ({ name, held, detail });
  return [
    check("the process lives", isAlive && isComplete, isAlive ? "to the end" : "it died under load"),
    check("no response is a 5xx", failures.length === 0 && tally.answers > 0, JSON.stringify(failures)),
    check(
      "every response is as expected",
      tally.unexpected === 0,
      [`${tally.unexpected} were not`, ...tally.examples].join("\n    "),
    ),
    check(
      "resident memory stays flat from the third quarter to the fourth",
      isComplete && resident.growthRatio <= mostResidentRatio,
      `${describeGrowth(resident)}, ${signed(resident.growthRatio * 100)} %; at most ${mostResidentRatio * 100} %`,
    ),
    check(
      "without V8's heap it stays flat from the third quarter to the fourth",
      isComplete && beside.growthMb <= mostBesideHeapMb,
      `${describeGrowth(beside)}, at most ${mostBesideHeapMb} MB`,
    ),
    check(
      "without V8's heap it shows no steady rise over the second half",
      isComplete && beside.leastGrowthMb <= mostBesideHeapMb,
      `Theil–Sen ${perHour(beside.slope.slope)} [${perHour(low)}, ${perHour(high)}]: at least ` +
        `${signed(beside.leastGrowthMb)} MB a quarter, at most ${mostBesideHeapMb} MB`,
    ),
    check(
      "live memory after a full collection stays flat over the second half",
      live !== null && live <= mostLiveMb,
      live === null ? "not known" : `${signed(live)} MB, at most ${mostLiveMb} MB`,
    ),
    check(
      "the event loop is idle afterwards",
      idle !== null && idle.eventLoopUtilisation <= mostIdleUtilisation,
      idle === null
        ? "not known"
        : `${(idle.eventLoopUtilisation * 100).toFixed(1)} % busy, at most ${mostIdleUtilisation * 100} %`,
    ),
    check(
      "no connection is left afterwards",
      idle?.connections === 0,
      idle === null ? "not known" : `${idle.connections} open`,
    ),
  ];
}
