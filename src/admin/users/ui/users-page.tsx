"use client";

import { useQuery } from "@tanstack/react-query";
import { UserPlus } from "lucide-react";
import { parseAsBoolean, parseAsInteger, parseAsString, parseAsStringLiteral, useQueryStates } from "nuqs";
import { useDeferredValue, useMemo, useState } from "react";
import { PageBar } from "@/admin/frame/page-bar";
import { useMe } from "@/admin/frame/use-me";
import type { User } from "@/server/auth/contract";
import { Button } from "@/ui/controls/button";
import { FilterField } from "@/ui/controls/filter-field";
import { EmptyState } from "@/ui/feedback/empty-state";
import { ProblemNotice } from "@/ui/feedback/problem-notice";
import { Skeleton } from "@/ui/feedback/skeleton";
import { formatCount } from "@/ui/format/numbers";
import { useTRPC } from "@/ui/rpc/provider";
import { CreateUserDialog } from "./create-user-dialog";
import { findUsers, orderUsers, pageOf, userOrders, usersPerPage } from "./find-users";
import { UserPanel } from "./user-sheet";
import { UsersTable } from "./users-table";

const rows = ["a", "b", "c", "d", "e", "f", "g", "h"] as const;

function countInWords(found: number, all: number): string {
  if (found < all) return `${formatCount(found)} of ${formatCount(all)} users`;
  return `${formatCount(all)} ${all === 1 ? "user" : "users"}`;
}

/** The users, for administrators. */
export default function UsersPage() {
  const trpc = useTRPC();
  const users = useQuery(trpc.users.list.queryOptions(undefined, { refetchOnWindowFocus: "always" }));
  const me = useMe();
  const [state, setState] = useUsersState();
  const [isAdding, setAdding] = useState(false);
  const query = useDeferredValue(state.q);
  const { data } = users;
  const found = useMemo(() => findUsers(data ?? [], query), [data, query]);
  const opened = data?.find(({ id }) => id === state.open);

  return (
    <>
      <PageBar title="Users">
        <FilterField
          label="Filter users"
          placeholder="Name, email, role, disabled"
          value={state.q}
          onChange={(q) => void setState({ q: q === "" ? null : q, page: null })}
        />
        <p role="status" className="caption tabular-nums">
          {data === undefined ? null : countInWords(found.length, data.length)}
        </p>
        <Button className="ml-auto" onClick={() => setAdding(true)}>
          <UserPlus aria-hidden size={15} />
          Add user
        </Button>
      </PageBar>
      {users.error === null ? null : (
        <ProblemNotice
          cause={users.error}
          onRetry={() => void users.refetch()}
          isRetrying={users.isFetching}
          title={data === undefined ? "Could not load the users" : "The list may be out of date"}
        />
      )}
      {data === undefined && users.error === null ? (
        <div role="status" aria-label="Loading users…" className="mt-5 space-y-4">
          {rows.map((row) => (
            <Skeleton key={row} className="h-5 w-full" />
          ))}
        </div>
      ) : null}
      {data === undefined ? null : <UsersList found={found} ownId={me?.id ?? null} state={state} setState={setState} />}
      {data?.length === 1 ? (
        <p className="border-t border-line py-4 text-muted">
          You are the only user. Add a user for everyone else who needs the dashboard.
        </p>
      ) : null}
      {opened === undefined ? null : (
        <UserPanel
          key={opened.id}
          user={opened}
          isOwn={opened.id === me?.id}
          onClose={() => void setState({ open: null })}
        />
      )}
      {isAdding ? <CreateUserDialog onClose={() => setAdding(false)} /> : null}
    </>
  );
}

type Props = {
  /** The users that match the filter. */
  found: readonly User[];
  ownId: string | null;
  state: UsersState;
  setState: SetUsersState;
};

/** One page of the matching users, in the chosen order. */
function UsersList({ found, ownId, state, setState }: Props) {
  const { by, desc } = state;
  const ordered = useMemo(() => orderUsers(found, { by, isDescending: desc }), [found, by, desc]);
  const shown = pageOf(ordered, state.page);
  if (found.length === 0) {
    return (
      <EmptyState title={`No users match “${state.q}”`}>
        <button
          type="button"
          className="text-accent underline underline-offset-2"
          onClick={() => void setState({ q: null, page: null })}
        >
          Show all users
        </button>
      </EmptyState>
    );
  }
  const firstShown = (shown.page - 1) * usersPerPage + 1;
  const turn = (page: number): void => {
    void setState({ page });
    scrollTo({ top: 0 });
  };
  return (
    <>
      <UsersTable
        users={shown.rows}
        ownId={ownId}
        order={{ by, isDescending: desc }}
        onOrder={(order) => void setState({ by: order.by, desc: order.isDescending, page: null })}
        onOpen={(id) => void setState({ open: id })}
      />
      {shown.pages > 1 ? (
        <nav aria-label="Pages of users" className="flex items-center gap-3 border-t border-line py-3 tabular-nums">
          <Button disabled={shown.page === 1} onClick={() => turn(shown.page - 1)}>
            Previous
          </Button>
          <Button disabled={shown.page === shown.pages} onClick={() => turn(shown.page + 1)}>
            Next
          </Button>
          <span className="caption">
            {`${formatCount(firstShown)}–${formatCount(firstShown + shown.rows.length - 1)} of ${formatCount(found.length)}`}
          </span>
        </nav>
      ) : null}
    </>
  );
}

const parsers = {
  /** The filter. */
  q: parseAsString.withDefault(""),
  page: parseAsInteger.withDefault(1),
  by: parseAsStringLiteral(userOrders).withDefault("name"),
  desc: parseAsBoolean.withDefault(false),
  /** The ID of the user whose sheet is open. */
  open: parseAsString,
};

/** The state of the page. It lives in the URL, so every view is a link. */
export function useUsersState() {
  return useQueryStates(parsers);
}

export type UsersState = ReturnType<typeof useUsersState>[0];
export type SetUsersState = ReturnType<typeof useUsersState>[1];
