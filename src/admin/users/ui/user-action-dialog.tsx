"use client";

import type { User } from "@/server/auth/contract";
import { Button } from "@/ui/controls/button";
import { ConfirmDialog, Dialog } from "@/ui/feedback/dialog";
import { describeAct, type UserAction } from "./user-action";
import { TemporaryPassword } from "./temporary-password";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useTRPC } from "@/ui/rpc/provider";

type Props = {
  act: UserAction;
  user: User;
  onDone: (said: string) => void;
  onClose: () => void;
};

/** Asks whether to do it, does it, and shows the temporary password where there is one. */
export function UserActionDialog({ act, user, onDone, onClose }: Props) {
  const { title, action, consequence, done, isDangerous } = describeAct(act, user);
  const deed = useUserAction(user.id);
  const result = deed.data ?? null;
  if (result !== null) {
    return (
      <Dialog key="result" title={`New password of ${user.name}`} shape="card" isSteady onClose={onClose}>
        <TemporaryPassword email={user.email} password={result.temporaryPassword} />
        <form method="dialog" className="mt-5 flex justify-end">
          <Button type="submit">I have passed it on</Button>
        </form>
      </Dialog>
    );
  }
  return (
    <ConfirmDialog
      key="question"
      title={title}
      action={action}
      isDangerous={isDangerous}
      isBusy={deed.isPending}
      problem={deed.error}
      onConfirm={() =>
        deed.mutate(act, {
          onSuccess: (handedBack) => {
            onDone(done);
            if (handedBack === null) onClose();
          },
        })
      }
      onClose={onClose}
    >
      <p>{consequence}</p>
    </ConfirmDialog>
  );
}

/** What an act handed back that is shown once; null for the acts that hand nothing back. */
export type ActResult = { temporaryPassword: string } | null;

/** Does one of the acts to a user, and reads the list anew afterwards. */
function useUserAction(id: string) {
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
