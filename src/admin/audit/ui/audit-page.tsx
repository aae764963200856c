"use client";

import { useInfiniteQuery, useQuery } from "@tanstack/react-query";
import { RotateCw } from "lucide-react";
import { parseAsString, parseAsStringLiteral, useQueryStates } from "nuqs";
import { useMemo } from "react";
import { PageBar } from "@/admin/frame/page-bar";
import type { User } from "@/server/auth/contract";
import { Button } from "@/ui/controls/button";
import { fieldLook } from "@/ui/controls/field";
import { EmptyState } from "@/ui/feedback/empty-state";
import { ProblemNotice } from "@/ui/feedback/problem-notice";
import { Skeleton } from "@/ui/feedback/skeleton";
import { useTRPC, useTRPCClient } from "@/ui/rpc/provider";
import { type AuditAction, auditActions } from "../contract/actions";
import { AuditEntryRow } from "./audit-entry";
import { actionWords } from "./audit-words";

const rows = ["a", "b", "c", "d", "e", "f"] as const;

/** The audit log, newest first, for administrators. */
export default function AuditPage() {
  const trpc = useTRPC();
  const client = useTRPCClient();
  const [{ action, user }, setState] = useAuditState();
  const users = useQuery(trpc.users.list.queryOptions());
  const emails = useMemo(() => new Map(users.data?.map(({ id, email }) => [id, email])), [users.data]);
  const filter = { action: action ?? undefined, actorId: user ?? undefined };
  // Calls the client directly: the options of infinite queries add a direction, which this input rejects.
  const log = useInfiniteQuery({
    queryKey: trpc.audit.list.infiniteQueryKey(filter),
    queryFn: ({ pageParam, signal }) => client.audit.list.query({ ...filter, cursor: pageParam }, { signal }),
    initialPageParam: null as string | null,
    getNextPageParam: ({ nextCursor }) => nextCursor,
  });
  const entries = log.data?.pages.flatMap((page) => page.entries);
  const isFiltered = action !== null || user !== null;

  return (
    <>
      <PageBar title="Audit log">
        <AuditFilters
          action={action}
          actorId={user}
          users={users.data ?? []}
          onAction={(next) => void setState({ action: next })}
          onActor={(next) => void setState({ user: next })}
        />
        <Button className="ml-auto" isBusy={log.isRefetching} onClick={() => void log.refetch()}>
          <RotateCw aria-hidden size={14} />
          Refresh
        </Button>
      </PageBar>
      {log.error === null ? null : (
        <ProblemNotice
          cause={log.error}
          onRetry={() => void (log.isFetchNextPageError ? log.fetchNextPage() : log.refetch())}
          isRetrying={log.isFetching}
          title={entries === undefined ? "Could not load the audit log" : "Could not load older events"}
        />
      )}
      {entries === undefined ? (
        log.error === null ? (
          <div role="status" aria-label="Loading the audit log…" className="mt-5 space-y-4">
            {rows.map((row) => (
              <Skeleton key={row} className="h-9 w-full" />
            ))}
          </div>
        ) : null
      ) : entries.length === 0 ? (
        <EmptyState title={isFiltered ? "No matching events" : "No events yet"}>
          {isFiltered ? (
            <button
              type="button"
              className="text-accent underline underline-offset-2"
              onClick={() => void setState(null)}
            >
              Clear the filters
            </button>
          ) : (
            "Sign-ins, changes to users and data, and cache invalidations appear here."
          )}
        </EmptyState>
      ) : (
        <>
          <ol aria-label="Audit events, newest first" aria-busy={log.isFetching}>
            {entries.map((entry) => (
              <AuditEntryRow
                key={entry.id}
                entry={entry}
                emailOf={(id) => emails.get(id) ?? null}
                onActor={(id) => void setState({ user: id })}
              />
            ))}
          </ol>
          <div className="border-t border-line py-3">
            {log.hasNextPage ? (
              <Button isBusy={log.isFetchingNextPage} onClick={() => void log.fetchNextPage()}>
                Show older
              </Button>
            ) : (
              <p className="caption">
                {`End of the log${isFiltered ? " for these filters" : ""}. Entries cannot be changed or deleted.`}
              </p>
            )}
          </div>
        </>
      )}
    </>
  );
}

type Props = {
  action: AuditAction | null;
  actorId: string | null;
  users: readonly User[];
  onAction: (action: AuditAction | null) => void;
  onActor: (id: string | null) => void;
};

const isAction = (text: string): text is AuditAction => auditActions.some((action) => action === text);

/** Filters the log by action and by user. */
function AuditFilters({ action, actorId, users, onAction, onActor }: Props) {
  const isKnown = actorId === null || users.some(({ id }) => id === actorId);
  return (
    <>
      <select
        aria-label="Action"
        className={`h-8 max-w-full px-2 ${fieldLook}`}
        value={action ?? ""}
        onChange={({ target }) => onAction(isAction(target.value) ? target.value : null)}
      >
        <option value="">All actions</option>
        {auditActions.map((name) => (
          <option key={name} value={name}>
            {actionWords[name]}
          </option>
        ))}
      </select>
      <select
        aria-label="User"
        className={`h-8 max-w-full px-2 sm:max-w-60 ${fieldLook}`}
        value={actorId ?? ""}
        onChange={({ target }) => onActor(target.value === "" ? null : target.value)}
      >
        <option value="">All users</option>
        {isKnown ? null : <option value={actorId}>Unknown user</option>}
        {users.map(({ id, email }) => (
          <option key={id} value={id}>
            {email}
          </option>
        ))}
      </select>
    </>
  );
}

const parsers = {
  action: parseAsStringLiteral(auditActions),
  /** The ID of the user. */
  user: parseAsString,
};

/** The filters. They live in the URL, so every view is a link. */
function useAuditState() {
  return useQueryStates(parsers);
}
