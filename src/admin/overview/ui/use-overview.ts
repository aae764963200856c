import { useState } from "react";
import { type Live, useLive } from "@/admin/frame/view/use-live";
import type { View } from "@/admin/frame/view/use-view";
import type { InsightsLiveEvent } from "@/admin/insights/contract/live";
import { liveEveryMs } from "@/admin/insights/contract/ranges";
import type { InsightsOverview } from "@/admin/insights/contract/overview";
import { useTRPC, useTRPCClient } from "@/ui/rpc/provider";
import { useStream } from "@/ui/rpc/use-stream";
import { applyLiveEvent, type LiveState, toOverview } from "./live-overview";

/**
 * Keeps the metrics up to date unless paused, hidden or forbidden. The live range is streamed, others are polled.
 */
export function useOverview(view: View): Live<InsightsOverview> {
  const trpc = useTRPC();
  const isStreamed = view.range === "5m" && view.refresh === "live";
  const live = useLiveOverview(view, isStreamed);
  const input = { ...view.filter, compare: view.compare };
  const polled = useLive({
    ...trpc.insights.overview.queryOptions(input),
    // A paused view loads the metrics once.
    enabled: !isStreamed && (view.range !== "5m" || live.data === undefined),
  });
  if (isStreamed) {
    return {
      data: live.data ?? polled.data,
      arrivedAtMs: live.arrivedAtMs,
      refreshMs: liveEveryMs["5m"],
      isLoading: false,
      isOfOtherInput: live.data === undefined && polled.data !== undefined,
      error: live.error,
      retry: live.retry,
    };
  }
  if (polled.data !== undefined || live.data === undefined) return polled;
  return { ...polled, data: live.data, arrivedAtMs: live.arrivedAtMs, isOfOtherInput: view.range !== "5m" };
}

type LiveOverview = Pick<Live<InsightsOverview>, "data" | "arrivedAtMs" | "error" | "retry">;
type Received = { key: string; state: LiveState | null; data: InsightsOverview | undefined; atMs: number };

/** Streams the metrics of the last five minutes while `isWanted` and the tab is visible. */
function useLiveOverview({ nodes, includeAdmin, compare }: View, isWanted: boolean): LiveOverview {
  const client = useTRPCClient();
  const [received, setReceived] = useState<Received | null>(null);
  const input = { nodes, includeAdmin, compare };
  const key = JSON.stringify(input);
  const stream = useStream<InsightsLiveEvent>({
    key: isWanted ? key : null,
    subscribe: (lastEventId, handlers) => client.insights.live.subscribe({ ...input, lastEventId }, handlers),
    onEvent: (event) =>
      setReceived((before) => {
        const known = before?.key === key ? before : null;
        const state = applyLiveEvent(known?.state ?? null, event);
        const data = state === null ? undefined : toOverview(state);
        if (data === undefined) return { key, state, data: known?.data, atMs: known?.atMs ?? 0 };
        return { key, state, data, atMs: Date.now() };
      }),
  });
  const mine = received?.key === key ? received : null;
  return { data: mine?.data, arrivedAtMs: mine?.atMs ?? 0, error: stream.error, retry: stream.retry };
}
