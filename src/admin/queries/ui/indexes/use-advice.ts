import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useTRPC } from "@/ui/rpc/provider";

/** The server computes advice every few minutes. */
const keepMs = 60_000;

/** The index advice of the database, at most a few minutes old, and a function that has it computed again. */
export function useAdvice() {
  const trpc = useTRPC();
  const queries = useQueryClient();
  const options = trpc.plans.advice.queryOptions(undefined, {
    staleTime: keepMs,
    refetchInterval: keepMs,
    retry: false,
  });
  const advice = useQuery(options);
  const again = useMutation({
    mutationFn: () =>
      queries.fetchQuery(trpc.plans.advice.queryOptions({ fresh: true }, { staleTime: 0, retry: false })),
    onSuccess: (found) => queries.setQueryData(options.queryKey, found),
  });
  return {
    data: advice.data,
    error: again.error ?? advice.error,
    isLoading: advice.isFetching || again.isPending,
    again: () => again.mutate(),
  };
}
