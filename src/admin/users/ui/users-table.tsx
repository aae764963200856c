"use client";

import { ArrowDown, ArrowUp } from "lucide-react";
import type { User } from "@/server/auth/contract";
import { Badge } from "@/ui/feedback/badge";
import { When } from "@/ui/format/when";
import type { UserOrder } from "./find-users";

const columns = [
  { by: "name", label: "Name", firstDescending: false, look: "text-left" },
  { by: null, label: "Email", firstDescending: false, look: "text-left max-lg:hidden" },
  { by: "role", label: "Role", firstDescending: true, look: "w-28 text-left" },
  { by: null, label: "Status", firstDescending: false, look: "w-44 text-left max-sm:hidden" },
  { by: "sessions", label: "Sessions", firstDescending: true, look: "w-24 text-right max-md:hidden" },
  { by: "lastSignInAt", label: "Last sign-in", firstDescending: true, look: "w-32 text-right max-md:hidden" },
] as const;

/** Whether the user is disabled or has a temporary password; nothing for an active user. */
function Status({ user }: { user: User }) {
  if (user.isDisabled) return <Badge>disabled</Badge>;
  if (user.mustChangePassword) return <Badge tone="watch">temporary password</Badge>;
  return null;
}

/** The name, and what has no column on a narrow screen. Opens the row. */
function NameButton({ user, isOwn }: { user: User; isOwn: boolean }) {
  return (
    <button
      type="button"
      data-row-button
      className="block min-h-9 w-full py-1 text-left hover:text-accent"
      title={`${user.name}, ${user.email}`}
    >
      <span className="flex items-center gap-2">
        <span className="truncate font-medium">{user.name}</span>
        {isOwn ? <Badge tone="accent">you</Badge> : null}
      </span>
      <span className="caption block truncate lg:hidden">{user.email}</span>
      <span className="sm:hidden">
        <Status user={user} />
      </span>
    </button>
  );
}

type Props = {
  users: readonly User[];
  /** The ID of the signed-in user, whose row is labelled. */
  ownId: string | null;
  order: UserOrder;
  onOrder: (order: UserOrder) => void;
  onOpen: (id: string) => void;
};

/** One row per user; the name opens it. The sheet shows what does not fit on a narrow screen. */
export function UsersTable({ users, ownId, order, onOrder, onOpen }: Props) {
  return (
    <table className="w-full table-fixed text-[13px]" data-testid="users">
      <caption className="sr-only">Users</caption>
      <thead className="caption">
        <tr>
          {columns.map(({ by, label, firstDescending, look }) => {
            const isSorted = by !== null && order.by === by;
            const Arrow = order.isDescending ? ArrowDown : ArrowUp;
            return (
              <th
                key={label}
                scope="col"
                aria-sort={
                  by === null ? undefined : isSorted ? (order.isDescending ? "descending" : "ascending") : "none"
                }
                className={`h-7 pr-4 font-normal last:pr-0 ${look}`}
              >
                {by === null ? (
                  label
                ) : (
                  <button
                    type="button"
                    className={`inline-flex h-6 items-center gap-1 hover:text-ink ${isSorted ? "text-ink" : ""}`}
                    onClick={() => onOrder({ by, isDescending: isSorted ? !order.isDescending : firstDescending })}
                  >
                    <span>{label}</span>
                    {isSorted ? <Arrow aria-hidden size={11} /> : null}
                  </button>
                )}
              </th>
            );
          })}
        </tr>
      </thead>
      <tbody>
        {users.map((user) => (
          <tr
            key={user.id}
            data-row={user.id}
            data-email={user.email}
            className={`border-t border-line hover:bg-sunken ${user.isDisabled ? "text-muted" : ""}`}
            onClick={() => onOpen(user.id)}
          >
            <th scope="row" className="pr-4 text-left font-normal">
              <NameButton user={user} isOwn={user.id === ownId} />
            </th>
            <td className="truncate pr-4 max-lg:hidden">{user.email}</td>
            <td data-column="role" className="pr-4">
              {user.role}
            </td>
            <td data-column="status" className="pr-4 max-sm:hidden">
              <Status user={user} />
            </td>
            <td data-column="sessions" className="pr-4 text-right tabular-nums max-md:hidden">
              {user.sessions}
            </td>
            <td className="text-right max-md:hidden">
              {user.lastSignInAt === null ? <span className="text-muted">never</span> : <When at={user.lastSignInAt} />}
            </td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}
