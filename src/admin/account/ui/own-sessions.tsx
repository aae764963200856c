"use client";

import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { requestSignOut } from "@/admin/sign-in/ui/sign-in-request";
import type { SessionSummary } from "@/server/auth/contract";
import { Button } from "@/ui/controls/button";
import { ConfirmDialog } from "@/ui/feedback/dialog";
import { ProblemNotice } from "@/ui/feedback/problem-notice";
import { Skeleton } from "@/ui/feedback/skeleton";
import { StatusLine } from "@/ui/feedback/status-line";
import { useTRPC } from "@/ui/rpc/provider";
import { describeDevice } from "./device";
import { SessionsTable } from "./sessions-table";

/** The user's own sessions, with buttons to sign out of them. */
export function OwnSessions() {
  const trpc = useTRPC();
  const queries = useQueryClient();
  const sessions = useQuery(trpc.account.sessions.queryOptions(undefined, { refetchOnWindowFocus: "always" }));
  const [isConfirming, setConfirming] = useState(false);
  const [said, setSaid] = useState<string | null>(null);
  const reload = () => queries.invalidateQueries({ queryKey: trpc.account.sessions.queryKey() });
  const one = useMutation(trpc.account.revokeSession.mutationOptions());
  const others = useMutation(
    trpc.account.revokeOtherSessions.mutationOptions({
      onSuccess: async () => {
        setConfirming(false);
        setSaid("All other sessions were signed out.");
        await reload();
      },
    }),
  );
  const revoke = (session: SessionSummary): void => {
    const done = `${describeDevice(session.userAgent).label} was signed out.`;
    one.mutate({ id: session.id }, { onSuccess: () => setSaid(done), onSettled: () => void reload() });
  };

  if (sessions.data === undefined) {
    if (sessions.error === null) return <Skeleton className="h-20 w-full" />;
    return (
      <ProblemNotice
        cause={sessions.error}
        onRetry={() => void sessions.refetch()}
        isRetrying={sessions.isFetching}
        title="Could not load the sessions"
      />
    );
  }
  const rest = sessions.data.length - 1;
  return (
    <>
      <SessionsTable
        caption="Your sessions"
        sessions={sessions.data}
        renderAction={(session) =>
          session.isCurrent ? (
            <SignOutButton />
          ) : (
            <Button
              aria-label={`Sign out ${describeDevice(session.userAgent).label}`}
              isBusy={one.isPending && one.variables.id === session.id}
              onClick={() => revoke(session)}
            >
              Sign out
            </Button>
          )
        }
      />
      {one.error === null ? null : <ProblemNotice cause={one.error} title="Could not sign out the session" />}
      <div className="mt-2 flex flex-wrap items-center justify-between gap-x-4 gap-y-2 border-t border-line pt-3">
        <StatusLine text={said} />
        {rest > 0 ? (
          <Button tone="danger" onClick={() => setConfirming(true)}>
            Sign out all others
          </Button>
        ) : (
          <p className="caption">No other active sessions.</p>
        )}
      </div>
      {isConfirming ? (
        <ConfirmDialog
          title={rest === 1 ? "Sign out the other session?" : `Sign out ${rest} other sessions?`}
          action="Sign out all others"
          isDangerous
          isBusy={others.isPending}
          problem={others.error}
          onConfirm={() => others.mutate()}
          onClose={() => {
            setConfirming(false);
            others.reset();
          }}
        >
          <p>They are signed out within a second. This session stays active.</p>
        </ConfirmDialog>
      ) : null}
    </>
  );
}

/** Ends this session and opens the sign-in page, or reports that the server could not be reached. */
function SignOutButton() {
  const [state, setState] = useState<"idle" | "busy" | "failed">("idle");
  const signOut = async (): Promise<void> => {
    setState("busy");
    if (await requestSignOut()) location.assign("/sign-in");
    else setState("failed");
  };
  return (
    <span className="inline-flex flex-col items-end gap-1">
      <Button isBusy={state === "busy"} onClick={() => void signOut()}>
        Sign out
      </Button>
      <span role="alert" className="caption empty:hidden">
        {state === "failed" ? "Could not reach the server. You are still signed in." : null}
      </span>
    </span>
  );
}
