"use client";

import { Trash2 } from "lucide-react";
import { useLive } from "@/admin/frame/view/use-live";
import { ViewBar } from "@/admin/frame/view/view-bar";
import { InvalidateButton } from "@/admin/cache/ui/invalidate-button";
import { InvalidateDialog } from "@/admin/cache/ui/invalidate-dialog";
import { noTarget, useInvalidateState } from "@/admin/cache/ui/target";
import { FilterField } from "@/ui/controls/filter-field";
import { EmptyState } from "@/ui/feedback/empty-state";
import { ProblemNotice } from "@/ui/feedback/problem-notice";
import { Skeleton } from "@/ui/feedback/skeleton";
import { useSettled } from "@/ui/hooks/timers";
import { useTRPC } from "@/ui/rpc/provider";
import { DeleteDialog } from "./delete-dialog";
import { ForOperators } from "./for-operators";
import { HotKeysTable } from "./hot-keys";
import { KeySheet } from "./key-sheet";
import { KeysTable } from "./keys-table";
import { useKeysState } from "./keys-state";
import { KeyTree } from "./tree/key-tree";
import { groupOf } from "./tree/prefix-tree";
import { useKeyScan } from "./use-key-scan";

/** The server scans Redis at most once in five seconds. */
const inspectEveryMs = 5_000;
const rows = ["a", "b", "c", "d", "e", "f"] as const;

/** What does the cache hold, which keys are hot, and why is this one not served? */
export default function KeysPage() {
  const trpc = useTRPC();
  const state = useKeysState();
  const invalidate = useInvalidateState();
  const groups = useLive(trpc.insights.cacheGroups.queryOptions(), { everyMs: inspectEveryMs });
  const scan = useKeyScan(useSettled(state.prefix, 300));
  const { opened, deleting, prefix } = state;
  // Only a whole group and more can be deleted.
  const isDeletable = groupOf(prefix) !== null;
  return (
    <div>
      <ViewBar title="Keys" shows={[groups]} canCompare={false}>
        <div className="min-w-0 max-sm:flex-1 [&>div]:w-full sm:[&>div]:w-64">
          <FilterField
            label="Prefix of group:key"
            placeholder="Prefix, for example note.byId:34"
            value={prefix}
            onChange={state.typePrefix}
          />
        </div>
      </ViewBar>
      <div className="mt-4 grid gap-x-8 gap-y-6 lg:grid-cols-[19rem_minmax(0,1fr)]">
        <section aria-labelledby="tree-title" className="min-w-0">
          <h2 id="tree-title" className="mb-1 flex min-h-7 items-center font-semibold">
            <span>Groups</span>
            <span className="caption ml-auto font-normal">
              {groups.data === undefined ? "" : groups.data.isExact ? "entries" : "entries, estimated"}
            </span>
          </h2>
          {groups.error !== null ? (
            <ProblemNotice cause={groups.error} onRetry={groups.retry} isRetrying={groups.isLoading} />
          ) : null}
          {groups.data === undefined ? (
            groups.error === null ? (
              <div role="status" aria-label="Loading…" className="space-y-3">
                {rows.map((row) => (
                  <Skeleton key={row} className="h-5 w-full" />
                ))}
              </div>
            ) : null
          ) : groups.data.groups.length === 0 ? (
            <EmptyState title="Redis holds no entries.">The first read of a group stores one.</EmptyState>
          ) : (
            <KeyTree
              groups={groups.data.groups}
              prefix={prefix}
              scan={scan}
              onChoose={state.setPrefix}
              onDelete={state.setDeleting}
            />
          )}
        </section>
        {prefix === "" ? (
          <HotKeysTable onOpen={({ group, key }) => state.setOpened({ group, key })} />
        ) : (
          <KeysTable
            prefix={prefix}
            scan={scan}
            onOpen={({ group, key }) => state.setOpened({ group, key })}
            actions={
              isDeletable ? (
                <ForOperators label={`Delete ${prefix}…`} Icon={Trash2} onClick={() => state.setDeleting(prefix)} />
              ) : undefined
            }
            renderAction={({ group, key, isHidden }) =>
              isHidden ? null : (
                <InvalidateButton
                  isCompact
                  label={`Invalidate ${group}:${key}…`}
                  onOpen={() => invalidate.open({ ...noTarget, kind: "key", group, key })}
                />
              )
            }
          />
        )}
      </div>
      {opened === null || invalidate.target !== null ? null : (
        <KeySheet
          group={opened.group}
          name={opened.key}
          onInvalidate={() => invalidate.open({ ...noTarget, kind: "key", ...opened })}
          onClose={() => state.setOpened(null)}
        />
      )}
      {invalidate.target === null ? null : (
        <InvalidateDialog
          draft={invalidate.target}
          onDraft={invalidate.change}
          groups={groups.data?.groups.map(({ group }) => group) ?? []}
          onClose={() => {
            invalidate.close();
            scan.again();
          }}
        />
      )}
      {deleting === null || groupOf(deleting) === null ? null : (
        <DeleteDialog prefix={deleting} onClose={() => state.setDeleting(null)} />
      )}
    </div>
  );
}
