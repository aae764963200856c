"use client";

import { useQuery } from "@tanstack/react-query";
import { UserPlus } from "lucide-react";
import { useDeferredValue, useMemo, useState } from "react";
import { PageBar } from "@/admin/frame/page-bar";
import { useMe } from "@/admin/frame/use-me";
import { useTRPC } from "@/ui/rpc/provider";
import { Button } from "@/ui/controls/button";
import { formatCount } from "@/ui/format/numbers";
import { FilterField } from "@/ui/controls/filter-field";
import { ProblemNotice } from "@/ui/feedback/problem-notice";
import { Skeleton } from "@/ui/feedback/skeleton";
import { CreateUserDialog } from "./create-user-dialog";
import { findUsers } from "./find-users";
import { UsersList } from "./users-list";
import { UserPanel } from "./user-panel";
import { useUsersState } from "./use-users-state";

const rows = ["a", "b", "c", "d", "e", "f", "g", "h"] as const;

function countInWords(found: number, all: number): string {
  if (found < all) return `${formatCount(found)} of ${formatCount(all)} accounts`;
  return `${formatCount(all)} ${all === 1 ? "account" : "accounts"}`;
}

/** Everybody with an account, for administrators. */
export function Users() {
  const trpc = useTRPC();
  const users = useQuery(trpc.users.list.queryOptions(undefined, { refetchOnWindowFocus: "always" }));
  const me = useMe();
  const [state, setState] = useUsersState();
  const [adds, setAdds] = useState(false);
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
        <Button className="ml-auto" onClick={() => setAdds(true)}>
          <UserPlus aria-hidden size={15} />
          Add a user
        </Button>
      </PageBar>
      {users.error === null ? null : (
        <ProblemNotice
          cause={users.error}
          onRetry={() => void users.refetch()}
          isRetrying={users.isFetching}
          title={data === undefined ? "The list could not be read" : "The list may be out of date"}
        />
      )}
      {data === undefined && users.error === null ? (
        <div role="status" aria-label="The list is on its way" className="mt-5 space-y-4">
          {rows.map((row) => (
            <Skeleton key={row} className="h-5 w-full" />
          ))}
        </div>
      ) : null}
      {data === undefined ? null : <UsersList found={found} ownId={me?.id ?? null} state={state} setState={setState} />}
      {data?.length === 1 ? (
        <p className="border-t border-line py-4 text-muted">
          Only you have an account so far. Whoever else is to see the dashboard needs one of their own.
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
      {adds ? <CreateUserDialog onClose={() => setAdds(false)} /> : null}
    </>
  );
}
