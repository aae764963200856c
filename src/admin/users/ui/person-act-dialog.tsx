"use client";

import type { Person } from "@/server/auth/contract";
import { Button } from "@/ui/button";
import { ConfirmDialog } from "@/ui/confirm-dialog";
import { Dialog } from "@/ui/dialog";
import { describeAct, type PersonAct } from "./person-act";
import { TemporaryPassword } from "./temporary-password";
import { usePersonAct } from "./use-person-act";

type Props = {
  act: PersonAct;
  person: Person;
  onDone: (said: string) => void;
  onClose: () => void;
};

/** Asks whether to do it, does it, and shows the temporary password where there is one. */
export function PersonActDialog({ act, person, onDone, onClose }: Props) {
  const { title, action, consequence, done, isDangerous } = describeAct(act, person);
  const deed = usePersonAct(person.id);
  const result = deed.data ?? null;
  if (result !== null) {
    return (
      <Dialog key="result" title={`New password of ${person.name}`} shape="card" isSteady onClose={onClose}>
        <TemporaryPassword email={person.email} password={result.temporaryPassword} />
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
