"use client";

import { useMutation, useQueryClient } from "@tanstack/react-query";
import type { User } from "@/server/auth/contract";
import { Button } from "@/ui/controls/button";
import { ConfirmDialog, Dialog } from "@/ui/feedback/dialog";
import { useTRPC } from "@/ui/rpc/provider";
import { TemporaryPassword } from "./temporary-password";
import { describeAction, type UserAction } from "./user-action";

type Props = {
  action: UserAction;
  user: User;
  onDone: (message: string) => void;
  onClose: () => void;
};

/** Confirms an action, runs it, and shows the temporary password if there is one. */
export function UserActionDialog({ action, user, onDone, onClose }: Props) {
  const words = describeAction(action, user);
  const request = useUserAction(user.id);
  const result = request.data ?? null;
  if (result !== null) {
    return (
      <Dialog key="result" title={`Temporary password of ${user.name}`} shape="card" isSteady onClose={onClose}>
        <TemporaryPassword email={user.email} password={result.temporaryPassword} />
        <form method="dialog" className="mt-5 flex justify-end">
          <Button type="submit">Done</Button>
        </form>
      </Dialog>
    );
  }
  return (
    <ConfirmDialog
      key="question"
      title={words.title}
      action={words.action}
      isDangerous={words.isDangerous}
      isBusy={request.isPending}
      problem={request.error}
      onConfirm={() =>
        request.mutate(action, {
          onSuccess: (shownOnce) => {
            onDone(words.done);
            if (shownOnce === null) onClose();
          },
        })
      }
      onClose={onClose}
    >
      <p>{words.consequence}</p>
    </ConfirmDialog>
  );
}

/** The temporary password, which is shown only once; null for other actions. */
export type ActionResult = { temporaryPassword: string } | null;

/** Runs an action on a user and reloads the list afterwards. */
function useUserAction(id: string) {
  const trpc = useTRPC();
  const queries = useQueryClient();
  const setRole = useMutation(trpc.users.setRole.mutationOptions());
  const resetPassword = useMutation(trpc.users.resetPassword.mutationOptions());
  const disable = useMutation(trpc.users.disable.mutationOptions());
  const enable = useMutation(trpc.users.enable.mutationOptions());
  const revokeSessions = useMutation(trpc.users.revokeSessions.mutationOptions());
  return useMutation({
    mutationFn: async (action: UserAction): Promise<ActionResult> => {
      if (action.kind === "resetPassword") return resetPassword.mutateAsync({ id });
      if (action.kind === "setRole") await setRole.mutateAsync({ id, role: action.role });
      else await { disable, enable, revokeSessions }[action.kind].mutateAsync({ id });
      return null;
    },
    // Also after an error, which may be due to a concurrent change.
    onSettled: () => queries.invalidateQueries({ queryKey: trpc.users.pathKey() }),
  });
}
