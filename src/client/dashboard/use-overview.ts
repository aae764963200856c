import { keepPreviousData, useQuery } from "@tanstack/react-query";
import type { InsightRange, InsightsOverview } from "@/contracts/insights";
import { describeProblem } from "../trpc/problem";
import { useTRPC } from "../trpc/provider";

/** Long ranges change slowly and cost the store more. */
const refreshMs: Readonly<Record<InsightRange, number>> = { "5m": 1_000, "15m": 2_000, "1h": 5_000, "6h": 10_000 };

export type Overview = {
  /** The last answer; of the range before while a new one is asked for. */
  data: InsightsOverview | undefined;
  /** The browser's time of its arrival, in ms since 1970; 0 before the first. */
  arrivedAtMs: number;
  refreshMs: number;
  isLoading: boolean;
  /** `data` belongs to another range than the one asked for. */
  isOfOtherRange: boolean;
  error: unknown;
  retry: () => void;
};

/** Reads the figures again and again while one looks; not while it is paused, hidden or refused. */
export function useOverview(range: InsightRange, includeAdmin: boolean, isPaused: boolean): Overview {
  const trpc = useTRPC();
  const query = useQuery(
    trpc.insights.overview.queryOptions(
      { range, includeAdmin },
      {
        placeholderData: keepPreviousData,
        refetchOnWindowFocus: isPaused ? false : "always",
        refetchInterval: ({ state }) => {
          const isRefused = state.error !== null && describeProblem(state.error).kind === "forbidden";
          return isPaused || isRefused ? false : refreshMs[range];
        },
      },
    ),
  );
  return {
    data: query.data,
    arrivedAtMs: query.dataUpdatedAt,
    refreshMs: refreshMs[range],
    isLoading: query.isFetching,
    isOfOtherRange: query.isPlaceholderData,
    error: query.error,
    retry: () => void query.refetch(),
  };
}
