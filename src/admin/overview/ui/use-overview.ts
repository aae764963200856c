import { keepPreviousData, useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { type InsightsLiveEvent, liveEveryMs } from "@/admin/insights/contract/live";
import type { InsightsOverview } from "@/admin/insights/contract/overview";
import type { InsightRange } from "@/admin/insights/contract/range";
import { describeProblem } from "@/ui/rpc/problem";
import { useTRPC, useTRPCClient } from "@/ui/rpc/provider";
import { useStream } from "@/ui/rpc/use-stream";
import { applyLiveEvent, type LiveState, toOverview } from "./live-overview";

export type Overview = {
  /** The latest metrics; the previous range's while a new range loads. */
  data: InsightsOverview | undefined;
  /** When they arrived by the browser's clock, in ms since 1970; 0 before the first. */
  arrivedAtMs: number;
  refreshMs: number;
  isLoading: boolean;
  /** `data` is for another range than the selected one. */
  isOfOtherRange: boolean;
  error: unknown;
  retry: () => void;
};

/**
 * Keeps the metrics up to date unless paused, hidden or forbidden. The shortest range is streamed, longer ones are
 * polled.
 */
export function useOverview(range: InsightRange, includeAdmin: boolean, isPaused: boolean): Overview {
  const trpc = useTRPC();
  const isLive = range === "5m";
  const live = useLiveOverview(includeAdmin, isLive && !isPaused);
  const query = useQuery(
    trpc.insights.overview.queryOptions(
      { range, includeAdmin },
      {
        placeholderData: keepPreviousData,
        // A paused view loads the metrics once.
        enabled: !isLive || (isPaused && live.data === undefined),
        refetchOnWindowFocus: isPaused ? false : "always",
        refetchInterval: ({ state }) => {
          const kind = state.error === null ? null : describeProblem(state.error).kind;
          return isPaused || kind === "forbidden" || kind === "signedOut" ? false : liveEveryMs[range];
        },
      },
    ),
  );
  if (isLive && (live.data !== undefined || !isPaused)) {
    return {
      data: live.data ?? query.data,
      arrivedAtMs: live.arrivedAtMs,
      refreshMs: liveEveryMs[range],
      isLoading: false,
      isOfOtherRange: live.data === undefined && query.data !== undefined,
      error: live.error,
      retry: live.retry,
    };
  }
  return {
    data: query.data ?? live.data,
    arrivedAtMs: query.data === undefined ? live.arrivedAtMs : query.dataUpdatedAt,
    refreshMs: liveEveryMs[range],
    isLoading: query.isFetching,
    isOfOtherRange: query.isPlaceholderData || (query.data === undefined && live.data !== undefined),
    error: query.error,
    retry: () => void query.refetch(),
  };
}

export type LiveOverview = {
  data: InsightsOverview | undefined;
  /** When they arrived by the browser's clock, in ms since 1970; 0 before the first. */
  arrivedAtMs: number;
  error: unknown;
  retry: () => void;
};

type Received = { includeAdmin: boolean; state: LiveState | null; data: InsightsOverview | undefined; atMs: number };

/** Streams the metrics of the last five minutes while `isWanted` and the tab is visible. */
function useLiveOverview(includeAdmin: boolean, isWanted: boolean): LiveOverview {
  const client = useTRPCClient();
  const [received, setReceived] = useState<Received | null>(null);
  const stream = useStream<InsightsLiveEvent>({
    key: isWanted ? String(includeAdmin) : null,
    subscribe: (lastEventId, handlers) => client.insights.live.subscribe({ includeAdmin, lastEventId }, handlers),
    onEvent: (event) =>
      setReceived((before) => {
        const known = before?.includeAdmin === includeAdmin ? before : null;
        const state = applyLiveEvent(known?.state ?? null, event);
        const data = state === null ? undefined : toOverview(state);
        if (data === undefined) return { includeAdmin, state, data: known?.data, atMs: known?.atMs ?? 0 };
        return { includeAdmin, state, data, atMs: Date.now() };
      }),
  });
  const mine = received?.includeAdmin === includeAdmin ? received : null;
  return { data: mine?.data, arrivedAtMs: mine?.atMs ?? 0, error: stream.error, retry: stream.retry };
}
