"use client";

import { useMemo } from "react";
import type { User } from "@/server/auth/contract";
import { Button } from "@/ui/controls/button";
import { EmptyState } from "@/ui/feedback/empty-state";
import { formatCount } from "@/ui/format/numbers";
import { orderUsers, pageOf, usersPerPage } from "./find-users";
import { UsersTable } from "./users-table";
import type { UsersState, SetUsersState } from "./use-users-state";

type Props = {
  /** Those who fit the filter. */
  found: readonly User[];
  ownId: string | null;
  state: UsersState;
  setState: SetUsersState;
};

/** One page of those who were found, in the order that was chosen. */
export function UsersList({ found, ownId, state, setState }: Props) {
  const { by, desc } = state;
  const ordered = useMemo(() => orderUsers(found, { by, isDescending: desc }), [found, by, desc]);
  const shown = pageOf(ordered, state.page);
  if (found.length === 0) {
    return (
      <EmptyState title={`Nobody here answers to “${state.q}”`}>
        <button
          type="button"
          className="text-accent underline underline-offset-2"
          onClick={() => void setState({ q: null, page: null })}
        >
          Show everybody
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
        <nav aria-label="Pages of the list" className="flex items-center gap-3 border-t border-line py-3 tabular-nums">
          <Button disabled={shown.page === 1} onClick={() => turn(shown.page - 1)}>
            Previous
          </Button>
          <Button disabled={shown.page === shown.pages} onClick={() => turn(shown.page + 1)}>
            Next
          </Button>
          <span className="caption">
            {formatCount(firstShown)}–{formatCount(firstShown + shown.rows.length - 1)} of {formatCount(found.length)}
          </span>
        </nav>
      ) : null}
    </>
  );
}
