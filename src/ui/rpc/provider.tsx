"use client";

import { MutationCache, QueryCache, QueryClient, QueryClientProvider } from "@tanstack/react-query";
import { createTRPCClient, httpLink, httpSubscriptionLink, splitLink } from "@trpc/client";
import { createTRPCContext } from "@trpc/tanstack-react-query";
import { createContext, type ReactNode, useContext, useState, useSyncExternalStore } from "react";
import type { AppRouter } from "@/server/rpc/root";
import {
  createResponseLog,
  latestResponseTo,
  type ResponseLog,
  serverTimingLink,
  type TimedResponse,
} from "./responses";
import { noticeFailure, watchSession } from "./session-ended";
import { sessionGate, sessionGateLink } from "./session-gate";

const { TRPCProvider, useTRPC, useTRPCClient } = createTRPCContext<AppRouter>();
export { useTRPC, useTRPCClient };

const ResponseLogContext = createContext<ResponseLog | null>(null);
const noResponses: readonly TimedResponse[] = [];
const maxResponses = 60;

/**
 * Queries are always stale, so that repeating one goes to the server and shows the server's cache at work. Nothing is
 * retried silently, and a lost network is an error at once.
 */
function createQueryClient(): QueryClient {
  return new QueryClient({
    queryCache: new QueryCache({ onError: noticeFailure }),
    mutationCache: new MutationCache({ onError: noticeFailure }),
    defaultOptions: {
      queries: { staleTime: 0, gcTime: 5_000, retry: false, networkMode: "always", refetchOnWindowFocus: false },
    },
  });
}

const isSubscription = ({ type }: { type: string }): boolean => type === "subscription";

function createTools() {
  const log = createResponseLog(maxResponses);
  const trpc = createTRPCClient<AppRouter>({
    links: [
      sessionGateLink(sessionGate),
      splitLink({
        condition: isSubscription,
        true: httpSubscriptionLink({ url: "/api/trpc" }),
        false: [serverTimingLink(log, () => performance.now()), httpLink({ url: "/api/trpc" })],
      }),
    ],
  });
  watchSession(async () => (await trpc.account.me.query()) !== null);
  return { log, trpc, queries: createQueryClient() };
}

/** Provides the API client and the response log to its children. */
export function ServerProvider({ children }: { children: ReactNode }) {
  const [{ log, trpc, queries }] = useState(createTools);
  return (
    <QueryClientProvider client={queries}>
      <TRPCProvider trpcClient={trpc} queryClient={queries}>
        <ResponseLogContext value={log}>{children}</ResponseLogContext>
      </TRPCProvider>
    </QueryClientProvider>
  );
}

/** The latest responses, newest first; re-renders with each. */
export function useResponses(): readonly TimedResponse[] {
  const log = useContext(ResponseLogContext);
  if (log === null) throw new Error("useResponses must be used within a ServerProvider.");
  return useSyncExternalStore(log.subscribe, log.snapshot, () => noResponses);
}

/** The latest response to this call; null if there is none yet. */
export function useResponseTo(procedure: string, input: unknown): TimedResponse | null {
  return latestResponseTo(useResponses(), procedure, input);
}
