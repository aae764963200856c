"use client";

import type { User } from "@/server/auth/contract";
import { Button } from "@/ui/controls/button";
import { ConfirmDialog, Dialog } from "@/ui/feedback/dialog";
import { describeAct, type UserAction } from "./user-action";
import { TemporaryPassword } from "./temporary-password";
import { useUserAction } from "./use-user-action";

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
