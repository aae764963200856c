import { keepPreviousData, useQuery } from "@tanstack/react-query";
import type { InsightsOverview } from "@/admin/insights/contract/overview";
import { type InsightsLiveEvent, liveEveryMs } from "@/admin/insights/contract/live";
import type { InsightRange } from "@/admin/insights/contract/range";
import { describeProblem } from "@/ui/rpc/problem";
import { useTRPC, useTRPCClient } from "@/ui/rpc/provider";
import { useState } from "react";
import { useStream } from "@/ui/rpc/use-stream";
import { applyLiveEvent, type LiveState, toOverview } from "./live-overview";

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

/**
 * Keeps the figures new while one looks; not while it is paused, hidden or refused. The shortest range is streamed, the
 * longer ones are asked for again and again.
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
        // Whoever comes to a paused view sees the figures once.
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
  /** The browser's time of its arrival, in ms since 1970; 0 before the first. */
  arrivedAtMs: number;
  error: unknown;
  retry: () => void;
};

type Received = { includeAdmin: boolean; state: LiveState | null; data: InsightsOverview | undefined; atMs: number };

/** The figures of the last five minutes as the server sends them, while they are wanted and the tab is seen. */
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
