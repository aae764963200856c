"use client";

import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { type FormEvent, useState } from "react";
import { PageBar } from "@/admin/frame/page-bar";
import { Button } from "@/ui/controls/button";
import { Field, fieldText } from "@/ui/controls/field";
import { useIsHydrated } from "@/ui/hooks/use-is-hydrated";
import { ProblemNotice } from "@/ui/feedback/problem-notice";
import { Skeleton } from "@/ui/feedback/skeleton";
import { StatusLine } from "@/ui/feedback/status-line";
import { PageSection } from "@/ui/layout/page-section";
import { useTRPC } from "@/ui/rpc/provider";
import { OwnSessions } from "./own-sessions";
import { PasswordForm } from "./password-form";
import { roleDuties } from "./roles";

/** The user's own account: profile, password and sessions. */
export default function AccountPage() {
  const trpc = useTRPC();
  const me = useQuery(trpc.account.me.queryOptions());
  const { data, error } = me;
  return (
    <>
      <PageBar title="Account" />
      {error === null ? null : (
        <ProblemNotice cause={error} onRetry={() => void me.refetch()} isRetrying={me.isFetching} />
      )}
      {data === undefined || data === null ? (
        error === null ? (
          <div role="status" aria-label="Loading your account…" className="mt-6 space-y-6">
            <Skeleton className="h-16 w-full" />
            <Skeleton className="h-40 w-full" />
            <Skeleton className="h-24 w-full" />
          </div>
        ) : null
      ) : data.mustChangePassword ? (
        <PageSection
          title="Choose your own password"
          about="You signed in with a temporary password. Replace it with one that only you know to continue."
        >
          <PasswordForm email={data.email} name={data.name} isTemporary onChanged={() => location.assign("/admin")} />
        </PageSection>
      ) : (
        <>
          <PageSection title="Profile" about="Only an administrator can change your email and role.">
            <dl className="mb-5 grid grid-cols-[4rem_1fr] gap-y-1.5">
              <dt className="text-muted">Email</dt>
              <dd className="wrap-anywhere">{data.email}</dd>
              <dt className="text-muted">Role</dt>
              <dd>
                <span>{data.role}</span>
                <span className="caption block">{roleDuties[data.role]}</span>
              </dd>
            </dl>
            <NameForm name={data.name} />
          </PageSection>
          <PageSection title="Password">
            <PasswordForm email={data.email} name={data.name} isTemporary={false} />
          </PageSection>
          <PageSection
            title="Sessions"
            about="Devices report their own names. If you do not recognise a session, sign it out and change your password."
          >
            <OwnSessions />
          </PageSection>
        </>
      )}
    </>
  );
}

/** The display name, shown in the list of users. */
function NameForm({ name }: { name: string }) {
  const isHydrated = useIsHydrated();
  const trpc = useTRPC();
  const queries = useQueryClient();
  const [said, setSaid] = useState<string | null>(null);
  const change = useMutation(
    trpc.account.changeName.mutationOptions({
      onSuccess: async () => {
        setSaid("Name changed.");
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
          // Before hydration, Enter would submit the form natively.
          readOnly={!isHydrated}
        />
        <Button type="submit" className="h-9" isBusy={change.isPending} disabled={!isHydrated}>
          Save
        </Button>
      </div>
      {change.error === null ? null : <ProblemNotice cause={change.error} title="Could not change the name" />}
      <StatusLine text={said} />
    </form>
  );
}
