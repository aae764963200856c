"use client";

import { MutationCache, QueryCache, QueryClient, QueryClientProvider } from "@tanstack/react-query";
import { createTRPCClient, httpLink, httpSubscriptionLink, splitLink } from "@trpc/client";
import { createTRPCContext } from "@trpc/tanstack-react-query";
import { createContext, type ReactNode, useContext, useState, useSyncExternalStore } from "react";
import type { AppRouter } from "@/server/rpc/root";
import { type Answer, type AnswerLog, createAnswerLog, latestAnswerTo, serverTimingLink } from "./answers";
import { noticeFailure } from "./session-ended";

const { TRPCProvider, useTRPC, useTRPCClient } = createTRPCContext<AppRouter>();
export { useTRPC, useTRPCClient };

const AnswerLogContext = createContext<AnswerLog | null>(null);
const noAnswers: readonly Answer[] = [];
const answersKept = 60;

/**
 * The browser never answers for the server: whatever is asked again is asked of the server again, so that its cache is
 * what one sees. Nothing is retried behind the reader's back, and a lost network is an error at once.
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
  const log = createAnswerLog(answersKept);
  const trpc = createTRPCClient<AppRouter>({
    links: [
      splitLink({
        condition: isSubscription,
        true: httpSubscriptionLink({ url: "/api/trpc" }),
        false: [serverTimingLink(log, () => performance.now()), httpLink({ url: "/api/trpc" })],
      }),
    ],
  });
  return { log, trpc, queries: createQueryClient() };
}

/** Everything below it may ask the server and read where the answers came from. */
export function ServerProvider({ children }: { children: ReactNode }) {
  const [{ log, trpc, queries }] = useState(createTools);
  return (
    <QueryClientProvider client={queries}>
      <TRPCProvider trpcClient={trpc} queryClient={queries}>
        <AnswerLogContext value={log}>{children}</AnswerLogContext>
      </TRPCProvider>
    </QueryClientProvider>
  );
}

/** The last answers, newest first; renders again with each. */
export function useAnswers(): readonly Answer[] {
  const log = useContext(AnswerLogContext);
  if (log === null) throw new Error("useAnswers needs a ServerProvider above it.");
  return useSyncExternalStore(log.subscribe, log.snapshot, () => noAnswers);
}

/** The newest answer to this call; null before there is one. */
export function useAnswerTo(procedure: string, input: unknown): Answer | null {
  return latestAnswerTo(useAnswers(), procedure, input);
}
