"use client";

import { useQuery } from "@tanstack/react-query";
import { PageBar } from "@/admin/frame/page-bar";
import { useTRPC } from "@/ui/rpc/provider";
import { PageSection } from "@/ui/layout/page-section";
import { ProblemNotice } from "@/ui/feedback/problem-notice";
import { Skeleton } from "@/ui/feedback/skeleton";
import { useIsHydrated } from "@/ui/hooks/use-is-hydrated";
import { NameForm } from "./name-form";
import { OwnSessions } from "./own-sessions";
import { PasswordForm } from "./password-form";
import { roleDuties } from "./roles";

/** The own account: who one is here, the password, and where one is signed in. */
export function Account() {
  const trpc = useTRPC();
  const me = useQuery(trpc.account.me.queryOptions());
  // The frame asks the same, and may have its answer before React takes over this part as the server sent it.
  const isHydrated = useIsHydrated();
  const data = isHydrated ? me.data : undefined;
  const error = isHydrated ? me.error : null;
  return (
    <>
      <PageBar title="Account" />
      {error === null ? null : (
        <ProblemNotice cause={error} onRetry={() => void me.refetch()} isRetrying={me.isFetching} />
      )}
      {data === undefined || data === null ? (
        error === null ? (
          <div role="status" aria-label="Your account is on its way" className="mt-6 space-y-6">
            <Skeleton className="h-16 w-full" />
            <Skeleton className="h-40 w-full" />
            <Skeleton className="h-24 w-full" />
          </div>
        ) : null
      ) : data.mustChangePassword ? (
        <PageSection
          title="Choose your own password"
          about="The one you signed in with was given to you by somebody else. Everything else waits until you have one that only you know."
        >
          <PasswordForm email={data.email} name={data.name} isTemporary onChanged={() => location.assign("/admin")} />
        </PageSection>
      ) : (
        <>
          <PageSection title="Who you are" about="Your email and role are changed by an administrator.">
            <dl className="mb-5 grid grid-cols-[4rem_1fr] gap-y-1.5">
              <dt className="text-muted">Email</dt>
              <dd className="wrap-anywhere">{data.email}</dd>
              <dt className="text-muted">Role</dt>
              <dd>
                {data.role}
                <span className="caption block">{roleDuties[data.role]}</span>
              </dd>
            </dl>
            <NameForm name={data.name} />
          </PageSection>
          <PageSection title="Password">
            <PasswordForm email={data.email} name={data.name} isTemporary={false} />
          </PageSection>
          <PageSection
            title="Where you are signed in"
            about="The device is what the program says it is. End what you do not know, and change the password."
          >
            <OwnSessions />
          </PageSection>
        </>
      )}
    </>
  );
}
