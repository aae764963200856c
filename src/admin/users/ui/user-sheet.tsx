"use client";

import { useQuery } from "@tanstack/react-query";
import { type ReactNode, useState } from "react";
import { SessionsTable } from "@/admin/account/ui/sessions-table";
import type { Role, User } from "@/server/auth/contract";
import { Button } from "@/ui/controls/button";
import { Dialog } from "@/ui/feedback/dialog";
import { ProblemNotice } from "@/ui/feedback/problem-notice";
import { Skeleton } from "@/ui/feedback/skeleton";
import { StatusLine } from "@/ui/feedback/status-line";
import { When } from "@/ui/format/when";
import { useTRPC } from "@/ui/rpc/provider";
import { RoleChoice } from "./role-choice";
import type { UserAction } from "./user-action";
import { UserActionDialog } from "./user-action-dialog";

/** The sheet of one user, and the confirmation of an action on top of it. */
export function UserPanel({ user, isOwn, onClose }: { user: User; isOwn: boolean; onClose: () => void }) {
  const [action, setAction] = useState<UserAction | null>(null);
  const [statusText, setStatusText] = useState<string | null>(null);
  return (
    <>
      <UserSheet user={user} isOwn={isOwn} statusText={statusText} onAction={setAction} onClose={onClose} />
      {action === null ? null : (
        <UserActionDialog action={action} user={user} onDone={setStatusText} onClose={() => setAction(null)} />
      )}
    </>
  );
}

function Part({ title, children }: { title: string; children: ReactNode }) {
  return (
    <section className="border-t border-line py-4">
      <h3 className="mb-2 font-semibold">{title}</h3>
      {children}
    </section>
  );
}

function Facts({ user }: { user: User }) {
  const facts: readonly (readonly [string, ReactNode])[] = [
    [
      "Email",
      <span key="email" className="wrap-anywhere">
        {user.email}
      </span>,
    ],
    ["Status", user.isDisabled ? "disabled" : user.mustChangePassword ? "temporary password" : "active"],
    ["Last sign-in", user.lastSignInAt === null ? "never" : <When key="seen" at={user.lastSignInAt} />],
    ["Created", <When key="made" at={user.createdAt} />],
  ];
  return (
    <dl className="grid grid-cols-[7rem_1fr] gap-y-1.5 pb-4">
      {facts.map(([label, value]) => (
        <div key={label} className="contents">
          <dt className="text-muted">{label}</dt>
          <dd>{value}</dd>
        </div>
      ))}
    </dl>
  );
}

function Sessions({ id }: { id: string }) {
  const trpc = useTRPC();
  const sessions = useQuery(trpc.users.sessions.queryOptions({ id }));
  if (sessions.data === undefined) {
    return sessions.error === null ? (
      <Skeleton className="h-16 w-full" />
    ) : (
      <ProblemNotice cause={sessions.error} onRetry={() => void sessions.refetch()} isRetrying={sessions.isFetching} />
    );
  }
  if (sessions.data.length === 0) return <p className="text-muted">No active sessions.</p>;
  return <SessionsTable caption="Sessions" sessions={sessions.data} />;
}

type Props = {
  user: User;
  isOwn: boolean;
  /** The result of the last action. */
  statusText: string | null;
  onAction: (action: UserAction) => void;
  onClose: () => void;
};

/** One user: role, sessions and actions. */
function UserSheet({ user, isOwn, statusText, onAction, onClose }: Props) {
  const [chosen, setChosen] = useState<Role | null>(null);
  const role = chosen ?? user.role;
  return (
    <Dialog title={user.name} shape="sheet" onClose={onClose}>
      <StatusLine text={statusText} className={statusText === null ? "hidden" : "mb-4"} />
      <Facts user={user} />
      <Part title="Role">
        <RoleChoice legend="Permissions of this user" chosen={role} onChoose={setChosen} />
        <Button
          className="mt-3"
          aria-disabled={role === user.role}
          onClick={() => {
            if (role !== user.role) onAction({ kind: "setRole", role });
          }}
        >
          Change role…
        </Button>
      </Part>
      <Part title="Sessions">
        <Sessions id={user.id} />
        {user.sessions > 0 ? (
          <Button className="mt-3" onClick={() => onAction({ kind: "revokeSessions" })}>
            End all sessions…
          </Button>
        ) : null}
      </Part>
      <Part title="Access">
        {isOwn ? (
          <p className="text-muted">
            This is your own account. Change your password on the Account page. Only another administrator can disable
            you.
          </p>
        ) : (
          <div className="flex flex-wrap gap-2">
            <Button onClick={() => onAction({ kind: "resetPassword" })}>Reset password…</Button>
            {user.isDisabled ? (
              <Button onClick={() => onAction({ kind: "enable" })}>Enable user…</Button>
            ) : (
              <Button tone="danger" onClick={() => onAction({ kind: "disable" })}>
                Disable user…
              </Button>
            )}
          </div>
        )}
      </Part>
    </Dialog>
  );
}
