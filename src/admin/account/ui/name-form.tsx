"use client";

import { useMutation, useQueryClient } from "@tanstack/react-query";
import { type FormEvent, useState } from "react";
import { useTRPC } from "@/ui/rpc/provider";
import { Button } from "@/ui/controls/button";
import { Field, fieldText } from "@/ui/controls/field";
import { ProblemNotice } from "@/ui/feedback/problem-notice";
import { StatusLine } from "@/ui/feedback/status-line";

/** The name by which the others see one, in the list of users and in the audit log. */
export function NameForm({ name }: { name: string }) {
  const trpc = useTRPC();
  const queries = useQueryClient();
  const [said, setSaid] = useState<string | null>(null);
  const change = useMutation(
    trpc.account.changeName.mutationOptions({
      onSuccess: async () => {
        setSaid("The name is changed.");
        await queries.invalidateQueries({ queryKey: trpc.account.pathKey() });
      },
    }),
  );
  const submit = (event: FormEvent<HTMLFormElement>): void => {
    event.preventDefault();
    const next = fieldText(event.currentTarget, "name").trim();
    setSaid(null);
    if (!change.isPending && next !== "" && next !== name) change.mutate({ name: next });
  };
  return (
    <form onSubmit={submit} className="max-w-sm space-y-3">
      <div className="flex items-end gap-2">
        <Field
          className="flex-1"
          label="Name"
          name="name"
          autoComplete="name"
          required
          maxLength={100}
          defaultValue={name}
        />
        <Button type="submit" className="h-9" isBusy={change.isPending}>
          Save
        </Button>
      </div>
      {change.error === null ? null : <ProblemNotice cause={change.error} title="The name was not changed" />}
      <StatusLine text={said} />
    </form>
  );
}
