import { useQuery } from "@tanstack/react-query";
import type { InsightsEnvironment } from "@/admin/insights/contract/overview";
import { useTRPC } from "@/ui/rpc/provider";
import { useIsHydrated } from "@/ui/hooks/use-is-hydrated";

/** Where one is, as the server says; null until it has said so. */
export function useEnvironment(): (InsightsEnvironment & { host: string }) | null {
  const trpc = useTRPC();
  const isHydrated = useIsHydrated();
  const { data } = useQuery(
    trpc.insights.environment.queryOptions(undefined, {
      staleTime: Number.POSITIVE_INFINITY,
      gcTime: Number.POSITIVE_INFINITY,
      retry: true,
      retryDelay: 5_000,
    }),
  );
  return data === undefined || !isHydrated ? null : { ...data, host: data.publicHost ?? location.host };
}
