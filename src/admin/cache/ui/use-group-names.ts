import { useQuery } from "@tanstack/react-query";
import { useTRPC } from "@/ui/rpc/provider";

/** The names of all groups, by name; while they are not known, or Redis is away, those of `seen`. */
export function useGroupNames(seen: readonly string[]): string[] {
  const trpc = useTRPC();
  const { data } = useQuery(trpc.insights.cacheGroups.queryOptions(undefined, { staleTime: 60_000 }));
  const defined = data?.groups.flatMap(({ group, definition }) => (definition === null ? [] : [group])) ?? [];
  return [...new Set([...defined, ...seen])].toSorted();
}
