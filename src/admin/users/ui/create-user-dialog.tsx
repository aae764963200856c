"use client";

import { useMutation, useQueryClient } from "@tanstack/react-query";
import { type FormEvent, useState } from "react";
import type { Role } from "@/server/auth/contract";
import { Button } from "@/ui/controls/button";
import { Field, fieldText } from "@/ui/controls/field";
import { Dialog } from "@/ui/feedback/dialog";
import { ProblemNotice } from "@/ui/feedback/problem-notice";
import { describeProblem } from "@/ui/rpc/problem";
import { useTRPC } from "@/ui/rpc/provider";
import { RoleChoice } from "./role-choice";
import { TemporaryPassword } from "./temporary-password";

/** Adds a user and shows the temporary password, once. */
export function CreateUserDialog({ onClose }: { onClose: () => void }) {
  const trpc = useTRPC();
  const queries = useQueryClient();
  const [role, setRole] = useState<Role>("viewer");
  const create = useMutation(
    trpc.users.create.mutationOptions({
      onSuccess: () => queries.invalidateQueries({ queryKey: trpc.users.pathKey() }),
    }),
  );
  const isTaken = create.error !== null && describeProblem(create.error).code === "EMAIL_TAKEN";
  const submit = (event: FormEvent<HTMLFormElement>): void => {
    event.preventDefault();
    if (create.isPending) return;
    const typed = event.currentTarget;
    create.mutate({ email: fieldText(typed, "email"), name: fieldText(typed, "name").trim(), role });
  };

  if (create.data !== undefined) {
    const { user, temporaryPassword } = create.data;
    return (
      <Dialog key="result" title={`Added ${user.name}`} shape="card" isSteady onClose={onClose}>
        <TemporaryPassword email={user.email} password={temporaryPassword} />
        <form method="dialog" className="mt-5 flex justify-end">
          <Button type="submit">Done</Button>
        </form>
      </Dialog>
    );
  }
  return (
    <Dialog key="form" title="Add user" shape="card" onClose={onClose}>
      <form onSubmit={submit} className="space-y-4">
        <Field
          data-focus-first
          label="Email"
          name="email"
          type="email"
          autoComplete="off"
          autoCapitalize="none"
          spellCheck={false}
          maxLength={254}
          required
          problem={isTaken ? "This email address is already in use." : null}
        />
        <Field label="Name" name="name" autoComplete="off" maxLength={100} required />
        <RoleChoice legend="Role" chosen={role} onChoose={setRole} />
        {create.error === null || isTaken ? null : (
          <ProblemNotice cause={create.error} title="Could not add the user" />
        )}
        <div className="flex items-center justify-between gap-4">
          <p className="caption">You get a temporary password to pass on.</p>
          <Button type="submit" tone="primary" isBusy={create.isPending}>
            Add user
          </Button>
        </div>
      </form>
    </Dialog>
  );
}
