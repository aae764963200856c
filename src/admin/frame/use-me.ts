import { useQuery } from "@tanstack/react-query";
import type { Me } from "@/server/auth/contract";
import { hasRole, type Role } from "@/server/auth/roles";
import { useIsHydrated } from "@/ui/hooks/use-is-hydrated";
import { useTRPC } from "@/ui/rpc/provider";

/**
 * How often to check that the session is still active, on a page that makes no other call. The server answers from
 * memory.
 */
const recheckMs = 1_500;

/** The signed-in user: undefined until known, null when signed out. */
export function useMe(): Me | undefined {
  const trpc = useTRPC();
  // The response may arrive before this part of the page hydrates, which must start as the server rendered it.
  const isHydrated = useIsHydrated();
  const me = useQuery(
    trpc.account.me.queryOptions(undefined, {
      staleTime: recheckMs,
      gcTime: Number.POSITIVE_INFINITY,
      refetchInterval: recheckMs,
      refetchOnWindowFocus: "always",
    }),
  );
  return isHydrated ? me.data : undefined;
}

/** Whether the signed-in user has the role `needed`; undefined until known. */
export function useMay(needed: Role): boolean | undefined {
  const me = useMe();
  return me === undefined ? undefined : me !== null && hasRole(me.role, needed);
}
