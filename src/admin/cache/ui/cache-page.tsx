"use client";

import type { ReactNode } from "react";
import { useLive, type Live } from "@/admin/frame/view/use-live";
import { useView } from "@/admin/frame/view/use-view";
import { ViewBar } from "@/admin/frame/view/view-bar";
import { SeriesChart } from "@/admin/insights/ui/series-chart";
import { ChartGroup } from "@/ui/charts/chart-group";
import { outcomeLooks } from "@/ui/charts/outcomes";
import { Segments } from "@/ui/controls/choice";
import { FilterField } from "@/ui/controls/filter-field";
import { ProblemNotice } from "@/ui/feedback/problem-notice";
import { useShortcuts } from "@/ui/hooks/use-shortcuts";
import { useTRPC } from "@/ui/rpc/provider";
import { CacheSummary } from "./cache-summary";
import { useCacheState } from "./cache-state";
import { InvalidateButton } from "./invalidate-button";
import { InvalidateDialog } from "./invalidate-dialog";
import { GroupSheet } from "./sheet/group-sheet";
import { TagSheet } from "./sheet/tag-sheet";
import { joinGroups, joinTags } from "./table/cache-rows";
import { GroupsTable } from "./table/groups-table";
import { TagsTable } from "./table/tags-table";
import { noTarget, useInvalidateState } from "./target";

const outcomes = outcomeLooks.map(({ name, label, meaning, colorVariable, pattern }) => ({
  wanted: { kind: "cache" as const, name: "*", field: name },
  label,
  meaning,
  look: { colorVariable, pattern },
}));
const tabs = [
  { value: "groups", label: "Groups" },
  { value: "tags", label: "Tags" },
] as const;
/** The server's limit of rows. */
const limit = 200;
/** The server scans Redis at most once in five seconds. */
const inspectEveryMs = 5_000;

/** What is missing from a table, in a sentence; null when nothing is. */
function missingOf(
  table: { matching: number; rows: readonly unknown[] } | undefined,
  inspected: Live<{ isExact: boolean; coverage: { scanned: number; total: number } }>,
  noun: string,
): string | null {
  const parts: string[] = [];
  if (table !== undefined && table.matching > table.rows.length) {
    parts.push(`The ${table.rows.length} most read of ${table.matching} ${noun}.`);
  }
  if (inspected.error !== null) parts.push("Redis did not respond: entries, sizes and lifetimes are missing or old.");
  else if (inspected.data?.isExact === false) parts.push("Entries and sizes are estimates from a sample of the keys.");
  return parts.length === 0 ? null : parts.join(" ");
}

/** Does the cache hold the load off the database, and if not: which group, which tag, why? */
export default function CachePage() {
  const trpc = useTRPC();
  const view = useView();
  const state = useCacheState();
  const invalidate = useInvalidateState();
  const isTags = state.tab === "tags";
  const groups = useLive(trpc.insights.groups.queryOptions({ ...view.filter, limit }));
  const tags = useLive({ ...trpc.insights.tags.queryOptions({ ...view.filter, limit }), enabled: isTags });
  const held = useLive(trpc.insights.cacheGroups.queryOptions(), { everyMs: inspectEveryMs });
  const heldTags = useLive({ ...trpc.insights.cacheTags.queryOptions(), enabled: isTags }, { everyMs: inspectEveryMs });
  const groupRows = groups.data === undefined ? undefined : joinGroups(groups.data.rows, held.data?.groups ?? null);
  const tagRows = tags.data === undefined ? undefined : joinTags(tags.data.rows, heldTags.data?.families ?? null);
  const problemOf = (live: Live<unknown>): { problem?: ReactNode } =>
    live.error === null || live.data !== undefined
      ? {}
      : { problem: <ProblemNotice cause={live.error} onRetry={live.retry} isRetrying={live.isLoading} /> };

  useShortcuts([{ keys: "i", does: "Invalidate…", run: () => invalidate.open() }]);

  const { opened } = state;
  const close = (): void => state.setOpened(null);
  return (
    <div>
      <ViewBar title="Cache" shows={[groups]}>
        <div className="min-w-0 max-sm:flex-1 [&>div]:w-full sm:[&>div]:w-44">
          <FilterField
            label="Filter the table by name"
            placeholder="Filter by name"
            value={state.filter}
            onChange={state.setFilter}
          />
        </div>
        <InvalidateButton label="Invalidate…" onOpen={() => invalidate.open()} />
      </ViewBar>
      <div className="mt-4 space-y-8">
        <CacheSummary groups={groups} server={held.data?.server ?? null} />
        <ChartGroup onZoom={view.zoomTo}>
          <SeriesChart
            title="Cache reads"
            caption="by outcome"
            series={outcomes}
            stackedAs="reads"
            height={200}
            showsMarkers
          />
        </ChartGroup>
        <div className="space-y-3">
          <Segments legend="Rows" options={tabs} chosen={state.tab} onChoose={state.setTab} />
          <div className={groups.isOfOtherInput ? "opacity-60" : ""}>
            {isTags ? (
              <TagsTable
                rows={tagRows}
                search={state.filter}
                partial={missingOf(tags.data, heldTags, "families of tags")}
                {...problemOf(tags)}
                onOpen={(name) => state.setOpened({ kind: "tag", name })}
              />
            ) : (
              <GroupsTable
                rows={groupRows}
                search={state.filter}
                partial={missingOf(groups.data, held, "groups")}
                {...problemOf(groups)}
                onOpen={(name) => state.setOpened({ kind: "group", name })}
                onInvalidate={(group) => invalidate.open({ ...noTarget, group })}
              />
            )}
          </div>
        </div>
      </div>
      {opened === null || invalidate.target !== null ? null : opened.kind === "group" ? (
        <GroupSheet
          group={opened.name}
          row={groupRows?.find(({ group }) => group === opened.name)}
          onInvalidate={invalidate.open}
          onClose={close}
        />
      ) : (
        <TagSheet
          family={opened.name}
          row={tagRows?.find(({ family }) => family === opened.name)}
          onInvalidate={invalidate.open}
          onClose={close}
        />
      )}
      {invalidate.target === null ? null : (
        <InvalidateDialog
          draft={invalidate.target}
          onDraft={invalidate.change}
          groups={groupRows?.map(({ group }) => group) ?? []}
          onClose={invalidate.close}
        />
      )}
    </div>
  );
}
