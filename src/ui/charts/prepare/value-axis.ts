import {
  formatBytes,
  formatCount,
  formatDuration,
  formatFixed,
  formatLarge,
  formatRate,
  formatShare,
  noReading,
  type Reading,
  readAloud,
} from "../../format/numbers";
import type { ChartUnit } from "../chart-source";
import { niceStep } from "../nice-step";
import type { Tick } from "./time-axis";

/** One value of a chart, exact to the digits shown. */
export function readingOf(unit: ChartUnit, value: number | null): Reading {
  if (value === null) return noReading;
  switch (unit) {
    case "count":
      return { value: formatCount(value), unit: "" };
    case "perSecond":
      return formatRate(value);
    case "ratio":
      return formatShare(value);
    case "ms":
      return formatDuration(value);
    case "bytes":
      return formatBytes(value);
    case "number":
      return { value: formatFixed(value, value === 0 || value >= 99.95 ? 0 : value < 0.995 ? 2 : 1), unit: "" };
  }
}

/** As few decimals as tell the steps apart: `0.25`, `5`, `10 k`. */
function plain(value: number, step: number): string {
  if (value >= 9_999.5) return readAloud(formatLarge(value)).replace(".00", "");
  const digits = step >= 1 ? 0 : step >= 0.1 ? 1 : step >= 0.01 ? 2 : 3;
  return formatFixed(value, digits);
}

const kibi = 1024;
const byteUnits = ["B", "KiB", "MiB", "GiB", "TiB"] as const;

/** A label is in the unit of the largest one, so that the labels of an axis can be compared at a glance. */
function axisScale(unit: ChartUnit, max: number): { factor: number; suffix: string } {
  if (unit === "ratio") return { factor: 0.01, suffix: " %" };
  if (unit === "perSecond") return { factor: 1, suffix: " /s" };
  if (unit === "ms") {
    if (max >= 180_000) return { factor: 60_000, suffix: " min" };
    return max >= 2_000 ? { factor: 1_000, suffix: " s" } : { factor: 1, suffix: " ms" };
  }
  if (unit === "bytes") {
    const power = Math.min(byteUnits.length - 1, Math.max(0, Math.floor(Math.log(Math.max(1, max)) / Math.log(kibi))));
    return { factor: kibi ** power, suffix: ` ${byteUnits[power] ?? "B"}` };
  }
  return { factor: 1, suffix: "" };
}

/** The smallest reach of an axis: without it, noise around zero would fill the chart. */
const minReach: Readonly<Record<ChartUnit, number>> = {
  count: 4,
  perSecond: 0.4,
  ratio: 0.01,
  ms: 0.1,
  bytes: kibi,
  number: 0.4,
};

export type ValueAxis = { max: number; ticks: Tick[] };

/** An axis from zero to a round number at or above `highest`. A ratio ends at 100 %. */
export function valueAxis(unit: ChartUnit, highest: number, maxTicks: number): ValueAxis {
  const reach = Math.max(minReach[unit], highest);
  const { factor, suffix } = axisScale(unit, reach);
  const step = Math.max(niceStep(reach / factor, Math.max(1, maxTicks)), unit === "count" ? 1 : 0);
  const parts = Math.max(1, Math.ceil(reach / factor / step - 1e-9));
  const scaled = unit === "ratio" ? Math.min(100, parts * step) : parts * step;
  const ticks = Array.from({ length: parts + 1 }, (_, index) => index * step)
    .filter((value) => value <= scaled + 1e-9)
    .map((value) => ({ at: value * factor, label: `${plain(value, step)}${suffix}` }));
  return { max: scaled * factor, ticks };
}
