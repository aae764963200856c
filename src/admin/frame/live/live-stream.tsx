"use client";

import { type QueryKey, useQueryClient } from "@tanstack/react-query";
import { createContext, type ReactNode, use, useEffect, useState, useSyncExternalStore } from "react";
import type { InsightsLiveEvent, InsightsLiveInput } from "@/admin/insights/contract/live";
import { useTRPCClient } from "@/ui/rpc/provider";
import { useStream } from "@/ui/rpc/use-stream";
import { askOf, createLiveStore, type LiveStore } from "./live-store";

const LiveContext = createContext<LiveStore | null>(null);
const nothing = (): null => null;

/**
 * One stream per tab carries the responses that the parts of the current page ask for, into the cache of their queries.
 * It ends while the tab is hidden. When it cannot be opened, or does not come back within five seconds, the queries poll.
 */
export function LiveStream({ children }: { children: ReactNode }) {
  const [store] = useState(createLiveStore);
  return (
    <LiveContext value={store}>
      <Subscription store={store} />
      {children}
    </LiveContext>
  );
}

function Subscription({ store }: { store: LiveStore }) {
  const client = useTRPCClient();
  const queries = useQueryClient();
  const asks = useSyncExternalStore(store.subscribe, store.asks, nothing);
  const stream = useStream<InsightsLiveEvent>({
    key: asks,
    subscribe: (_lastEventId, handlers) => {
      // The server checks the asks, which are inputs of queries that this page makes otherwise.
      const input = { asks: JSON.parse(asks ?? "[]") } as Pick<InsightsLiveInput, "asks">;
      return client.insights.live.subscribe(input, handlers);
    },
    onEvent: (event) => {
      const queryKey = store.queryKeyOf(asks ?? "", event.ask);
      if (queryKey === null) return;
      if (event.ok) queries.setQueryData(queryKey, event.data);
      store.setAsk(queryKey, event.ok);
    },
  });
  const isDown = stream.error !== null;
  useEffect(() => store.setStream(!isDown), [store, isDown]);
  return null;
}

/** Asks the stream for the responses to a query while `isWanted`. False when the query has to poll for itself. */
export function useStreamed(queryKey: QueryKey, isWanted: boolean): boolean {
  const store = use(LiveContext);
  const ask = isWanted && store !== null ? askOf(queryKey) : null;
  const name = JSON.stringify(queryKey);
  const isAsked = ask !== null;
  useEffect(() => {
    if (!isAsked || store === null) return undefined;
    // The text is that of a key, which is what it is read back as.
    const key = JSON.parse(name) as QueryKey;
    const asked = askOf(key);
    return asked === null ? undefined : store.add(key, asked);
  }, [store, name, isAsked]);
  const isDelivered = useSyncExternalStore(
    store?.subscribe ?? never,
    () => store?.isDelivered(queryKey) ?? false,
    () => true,
  );
  return isAsked && isDelivered;
}

const never = (): (() => void) => () => undefined;
