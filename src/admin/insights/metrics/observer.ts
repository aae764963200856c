import type { InsightsObserver } from "../contract/nodes";
import type { InsightPeriod } from "../contract/range";
import type { TelemetryTotals } from "@weir/telemetry";
import { onlySeries } from "./only-series";

type Observed = Pick<TelemetryTotals, "series" | "dropped" | "capped" | "undecodable">;

export function toObserver(
  seen: Observed,
): Omit<InsightsObserver, keyof InsightPeriod | "redis" | "postgres" | "retention"> {
  const sums = seen.series.observer.get(onlySeries.observer);
  const sum = (counter: Parameters<NonNullable<typeof sums>["get"]>[0]): number => sums?.get(counter) ?? 0;
  return {
    cpuShare: sums?.cpuShare ?? null,
    messages: sum("messages"),
    dropped: seen.dropped,
    capped: Object.entries(seen.capped)
      .filter(([, messages]) => messages > 0)
      .map(([kind, messages]) => ({ kind, messages })),
    undecodable: seen.undecodable,
    slotsLate: sum("slotsLate"),
    failedWrites: sum("failedWrites"),
    failedFlushes: sum("failedFlushes"),
    listenerFailures: sum("listenerFailures"),
    commands: sum("commands"),
    bytes: {
      fine: sum("fineBytes"),
      coarse: sum("coarseBytes"),
      texts: sum("textBytes"),
      traces: sum("traceBytes"),
    },
    traces: { kept: sum("tracesKept"), dropped: sum("tracesDropped") },
  };
}
