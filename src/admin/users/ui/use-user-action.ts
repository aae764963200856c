import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useTRPC } from "@/ui/rpc/provider";
import type { UserAction } from "./user-action";

/** What an act handed back that is shown once; null for the acts that hand nothing back. */
export type ActResult = { temporaryPassword: string } | null;

/** Does one of the acts to a user, and reads the list anew afterwards. */
export function useUserAction(id: string) {
  const trpc = useTRPC();
  const queries = useQueryClient();
  const setRole = useMutation(trpc.users.setRole.mutationOptions());
  const resetPassword = useMutation(trpc.users.resetPassword.mutationOptions());
  const disable = useMutation(trpc.users.disable.mutationOptions());
  const enable = useMutation(trpc.users.enable.mutationOptions());
  const revokeSessions = useMutation(trpc.users.revokeSessions.mutationOptions());
  return useMutation({
    mutationFn: async (act: UserAction): Promise<ActResult> => {
      if (act.kind === "resetPassword") return resetPassword.mutateAsync({ id });
      if (act.kind === "setRole") await setRole.mutateAsync({ id, role: act.role });
      else await { disable, enable, revokeSessions }[act.kind].mutateAsync({ id });
      return null;
    },
    // Also after a refusal: it may rest on what somebody else has just done.
    onSettled: () => queries.invalidateQueries({ queryKey: trpc.users.pathKey() }),
  });
}
