import { useState } from "react";
import type { InsightsOverview } from "@/admin/insights/contract/overview";
import type { InsightsLiveEvent } from "@/admin/insights/contract/live";
import { useTRPCClient } from "@/ui/rpc/provider";
import { useStream } from "@/ui/rpc/use-stream";
import { applyLiveEvent, type LiveState, toOverview } from "./live-overview";

export type LiveOverview = {
  data: InsightsOverview | undefined;
  /** The browser's time of its arrival, in ms since 1970; 0 before the first. */
  arrivedAtMs: number;
  error: unknown;
  retry: () => void;
};

type Received = { includeAdmin: boolean; state: LiveState | null; data: InsightsOverview | undefined; atMs: number };

/** The figures of the last five minutes as the server sends them, while they are wanted and the tab is seen. */
export function useLiveOverview(includeAdmin: boolean, isWanted: boolean): LiveOverview {
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
