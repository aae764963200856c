import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useTRPC } from "@/ui/rpc/provider";
import type { PersonAct } from "./person-act";

/** What an act handed back that is shown once; null for the acts that hand nothing back. */
export type ActResult = { temporaryPassword: string } | null;

/** Does one of the acts to a person, and reads the list anew afterwards. */
export function usePersonAct(id: string) {
  const trpc = useTRPC();
  const queries = useQueryClient();
  const setRole = useMutation(trpc.people.setRole.mutationOptions());
  const resetPassword = useMutation(trpc.people.resetPassword.mutationOptions());
  const disable = useMutation(trpc.people.disable.mutationOptions());
  const enable = useMutation(trpc.people.enable.mutationOptions());
  const revokeSessions = useMutation(trpc.people.revokeSessions.mutationOptions());
  return useMutation({
    mutationFn: async (act: PersonAct): Promise<ActResult> => {
      if (act.kind === "resetPassword") return resetPassword.mutateAsync({ id });
      if (act.kind === "setRole") await setRole.mutateAsync({ id, role: act.role });
      else await { disable, enable, revokeSessions }[act.kind].mutateAsync({ id });
      return null;
    },
    // Also after a refusal: it may rest on what somebody else has just done.
    onSettled: () => queries.invalidateQueries({ queryKey: trpc.people.pathKey() }),
  });
}
