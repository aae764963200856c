"use client";

import { useQuery } from "@tanstack/react-query";
import { UserPlus } from "lucide-react";
import { useDeferredValue, useMemo, useState } from "react";
import { PageBar } from "@/admin/frame/page-bar";
import { useMe } from "@/admin/frame/use-me";
import { useTRPC } from "@/ui/rpc/provider";
import { Button } from "@/ui/button";
import { formatCount } from "@/ui/figures";
import { FilterField } from "@/ui/filter-field";
import { ProblemNotice } from "@/ui/problem-notice";
import { Skeleton } from "@/ui/skeleton";
import { CreatePersonDialog } from "./create-person-dialog";
import { findPeople } from "./find-people";
import { PeopleList } from "./people-list";
import { PersonPanel } from "./person-panel";
import { usePeopleState } from "./use-people-state";

const rows = ["a", "b", "c", "d", "e", "f", "g", "h"] as const;

function countInWords(found: number, all: number): string {
  if (found < all) return `${formatCount(found)} of ${formatCount(all)} accounts`;
  return `${formatCount(all)} ${all === 1 ? "account" : "accounts"}`;
}

/** Everybody with an account, for administrators. */
export function People() {
  const trpc = useTRPC();
  const people = useQuery(trpc.people.list.queryOptions(undefined, { refetchOnWindowFocus: "always" }));
  const me = useMe();
  const [state, setState] = usePeopleState();
  const [adds, setAdds] = useState(false);
  const query = useDeferredValue(state.q);
  const { data } = people;
  const found = useMemo(() => findPeople(data ?? [], query), [data, query]);
  const opened = data?.find(({ id }) => id === state.open);

  return (
    <>
      <PageBar title="People">
        <FilterField
          label="Filter people"
          placeholder="Name, email, role, disabled"
          value={state.q}
          onChange={(q) => void setState({ q: q === "" ? null : q, page: null })}
        />
        <p role="status" className="caption tabular-nums">
          {data === undefined ? null : countInWords(found.length, data.length)}
        </p>
        <Button className="ml-auto" onClick={() => setAdds(true)}>
          <UserPlus aria-hidden size={15} />
          Add a person
        </Button>
      </PageBar>
      {people.error === null ? null : (
        <ProblemNotice
          cause={people.error}
          onRetry={() => void people.refetch()}
          isRetrying={people.isFetching}
          title={data === undefined ? "The list could not be read" : "The list may be out of date"}
        />
      )}
      {data === undefined && people.error === null ? (
        <div role="status" aria-label="The list is on its way" className="mt-5 space-y-4">
          {rows.map((row) => (
            <Skeleton key={row} className="h-5 w-full" />
          ))}
        </div>
      ) : null}
      {data === undefined ? null : (
        <PeopleList found={found} ownId={me?.id ?? null} state={state} setState={setState} />
      )}
      {data?.length === 1 ? (
        <p className="border-t border-line py-4 text-muted">
          Only you have an account so far. Whoever else is to see the dashboard needs one of their own.
        </p>
      ) : null}
      {opened === undefined ? null : (
        <PersonPanel
          key={opened.id}
          person={opened}
          isOwn={opened.id === me?.id}
          onClose={() => void setState({ open: null })}
        />
      )}
      {adds ? <CreatePersonDialog onClose={() => setAdds(false)} /> : null}
    </>
  );
}
