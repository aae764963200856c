import { useQuery } from "@tanstack/react-query";
import { hasRole, type Me, type Role } from "@/server/auth/contract";
import { useTRPC } from "@/ui/rpc/provider";
import { useIsHydrated } from "@/ui/hooks/use-is-hydrated";

/**
 * A session that ended elsewhere is noticed by the next call; on a page that makes none, after this time. The answer comes
 * out of the server's memory.
 */
const askAgainMs = 1_500;

/** Who is signed in: undefined until it is known, null when nobody is. */
export function useMe(): Me | undefined {
  const trpc = useTRPC();
  // A part of the page may come to life after the answer is there, and must begin as the server rendered it.
  const isHydrated = useIsHydrated();
  const me = useQuery(
    trpc.account.me.queryOptions(undefined, {
      staleTime: askAgainMs,
      gcTime: Number.POSITIVE_INFINITY,
      refetchInterval: askAgainMs,
      refetchOnWindowFocus: "always",
    }),
  );
  return isHydrated ? me.data : undefined;
}

/** Whether whoever is signed in may do what `needed` may; undefined until it is known. */
export function useMay(needed: Role): boolean | undefined {
  const me = useMe();
  return me === undefined ? undefined : me !== null && hasRole(me.role, needed);
}
