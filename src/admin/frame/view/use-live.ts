import { keepPreviousData, type QueryKey, useQuery, type UseQueryOptions } from "@tanstack/react-query";
import { useNow } from "@/ui/hooks/timers";
import { describeProblem } from "@/ui/rpc/problem";
import { useStreamed } from "../live/live-stream";
import { useView } from "./use-view";
import { refreshEveryMs } from "./view";

/** What a page knows of one response of the server, and how fresh it is. */
export type Live<Data> = {
  /** The latest response; that to the previous input while a new one loads. */
  data: Data | undefined;
  /** When it arrived by the browser's clock, in ms since 1970; 0 before the first. */
  arrivedAtMs: number;
  /** Time between two responses; null when nothing is refreshed. */
  refreshMs: number | null;
  isLoading: boolean;
  /** `data` is the response to another input than the current one. */
  isOfOtherInput: boolean;
  error: unknown;
  retry: () => void;
};

export type LiveOptions = {
  /** For what does not depend on the range, such as the nodes: the interval whatever the range, unless paused. */
  everyMs?: number;
};

/**
 * Calls a procedure and repeats the call as the view says: live, every 5 or 30 seconds, or not at all. Live responses come
 * over the one stream of the tab, or by polling where it cannot carry them. Hidden tabs rest, and a forbidden call is not
 * repeated. Every part of a page that shows metrics gets them with this hook:
 * `useLive(trpc.insights.statements.queryOptions({ ...view.filter, compare: view.compare }))`.
 */
export function useLive<Answer, Failure, Data, Key extends QueryKey>(
  options: UseQueryOptions<Answer, Failure, Data, Key>,
  { everyMs: ownMs }: LiveOptions = {},
): Live<Data> {
  const { range, refresh } = useView();
  const mountedAtMs = useNow(0);
  const everyMs = (nowMs: number): number | null => {
    if (ownMs !== undefined) return refresh === "off" ? null : ownMs;
    return refreshEveryMs(range, refresh, nowMs);
  };
  const isEnabled = options.enabled !== false;
  const isStreamed = useStreamed(options.queryKey, isEnabled && refresh === "live" && everyMs(mountedAtMs) !== null);
  const query = useQuery({
    ...options,
    // A paused view that has its data keeps it.
    enabled: ({ state }) => isEnabled && !isStreamed && (refresh !== "off" || state.data === undefined),
    placeholderData: keepPreviousData,
    refetchOnWindowFocus: refresh === "off" ? false : "always",
    refetchInterval: ({ state }) => {
      const kind = state.error === null ? null : describeProblem(state.error).kind;
      return kind === "forbidden" || kind === "signedOut" ? false : (everyMs(Date.now()) ?? false);
    },
  });
  return {
    data: query.data,
    arrivedAtMs: query.dataUpdatedAt,
    refreshMs: everyMs(mountedAtMs),
    isLoading: query.isFetching,
    isOfOtherInput: query.isPlaceholderData,
    error: query.error,
    retry: () => void query.refetch(),
  };
}
