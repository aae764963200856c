import type { Origin } from "@weir/core/scope";
import { createTelemetryReader, type TelemetryReaderOptions } from "./reader";
import { type TelemetryReader, type TelemetryTotals } from "./types";

export type OverviewRequest = { rangeMs: number; stepMs: number; origins: readonly Origin[] };
export type TelemetryOverview = TelemetryTotals & {
  procedures: TelemetryTotals["series"]["rpc"];
  statements: TelemetryTotals["series"]["sql"];
  cacheGroups: TelemetryTotals["series"]["cache"];
};
export type OverviewReader = TelemetryReader & { overview: (request: OverviewRequest) => Promise<TelemetryOverview> };

/** A reader that also accepts a duration ending now, in whole steps. */
export function createOverviewReader(options: TelemetryReaderOptions): OverviewReader {
  const reader = createTelemetryReader(options);
  const { now = Date.now } = options;
  return {
    ...reader,
    overview: async ({ rangeMs, stepMs, origins }) => {
      const length = Math.max(1, Math.ceil(rangeMs / stepMs));
      const fromMs = Math.floor(now() / stepMs) * stepMs - (length - 1) * stepMs;
      const totals = await reader.totals({ fromMs, toMs: null, stepMs, origins, nodeIds: null });
      const { rpc: procedures, sql: statements, cache: cacheGroups } = totals.series;
      return { ...totals, procedures, statements, cacheGroups };
    },
  };
}
