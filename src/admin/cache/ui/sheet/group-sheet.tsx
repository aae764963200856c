"use client";

import { readsWithoutLoad } from "@weir/core/outcomes";
import { useLive } from "@/admin/frame/view/use-live";
import { useView } from "@/admin/frame/view/use-view";
import { ViewLink } from "@/admin/frame/view-link";
import { hrefOfKey, hrefOfPrefix } from "@/admin/keys/ui/keys-href";
import { OutcomeBar, Percentile } from "@/admin/overview/ui/tables/cells";
import { Dialog } from "@/ui/feedback/dialog";
import { ProblemNotice } from "@/ui/feedback/problem-notice";
import { Skeleton } from "@/ui/feedback/skeleton";
import { formatLifetime } from "@/ui/format/lifetime";
import { formatBytes, formatCount, formatDuration, formatFixed, formatRate, formatShare } from "@/ui/format/numbers";
import { Reading } from "@/ui/format/reading";
import { useTRPC } from "@/ui/rpc/provider";
import { InvalidateButton } from "../invalidate-button";
import { noTarget, type TargetDraft } from "../target";
import type { GroupContents, GroupRow } from "../table/cache-rows";
import { Facts, InvalidationList, NoRows, SheetPart, Trend } from "./sheet-parts";

const maxHot = 8;

type Props = {
  group: string;
  /** Undefined while it loads, and for a group that neither has reads nor entries. */
  row: GroupRow | undefined;
  onInvalidate: (target: TargetDraft) => void;
  onClose: () => void;
};

/** One group: its trend, what it holds, its hottest keys, the procedures that read it and its invalidations. */
export function GroupSheet({ group, row, onInvalidate, onClose }: Props) {
  const metrics = row?.metrics ?? null;
  return (
    <Dialog title={group} shape="sheet" onClose={onClose}>
      <div className="mb-4 flex items-center justify-between gap-4">
        <ViewLink href={hrefOfPrefix(`${group}:`)}>Browse its keys</ViewLink>
        <InvalidateButton label={`Invalidate ${group}…`} onOpen={() => onInvalidate({ ...noTarget, group })} />
      </div>
      {metrics === null ? null : <OutcomeBar outcomes={metrics.outcomes} className="mb-5" />}
      <Trend kind="cache" name={group} />
      <SheetPart title="In this range">
        {metrics === null ? (
          <NoRows>No reads in this range.</NoRows>
        ) : (
          <Facts
            facts={[
              ["Reads", <Reading key="reads" of={formatRate(metrics.readsPerSecond)} />],
              ["Hit rate", <Reading key="hit" of={formatShare(metrics.hitRatio)} />],
              ["Hit p95", <Percentile key="hitP95" ms={metrics.hitP95Ms} count={readsWithoutLoad(metrics.outcomes)} />],
              ["Loads", <Reading key="loads" of={{ value: formatCount(metrics.loads), unit: "" }} />],
              ["Load p95", <Percentile key="loadP95" ms={metrics.loadP95Ms} count={metrics.loads} />],
              [
                "Database time saved, estimated",
                <Reading key="saved" of={formatDuration(metrics.databaseTimeSavedMs)} />,
              ],
              [
                "Loads not stored, because of an invalidation",
                <Reading key="rejected" of={{ value: formatCount(metrics.rejectedFills), unit: "" }} />,
              ],
              [
                "Evicted from the nodes’ memory",
                <Reading key="evicted" of={{ value: formatCount(metrics.evictions), unit: "" }} />,
              ],
            ]}
          />
        )}
      </SheetPart>
      {row === undefined || row.contents === null ? null : <Contents contents={row.contents} />}
      <HottestKeys group={group} />
      <Readers group={group} />
      <Invalidations group={group} />
    </Dialog>
  );
}

function Contents({ contents }: { contents: GroupContents }) {
  const { definition } = contents;
  return (
    <SheetPart title="Now">
      <Facts
        facts={[
          ["Entries in Redis", <Reading key="entries" of={{ value: formatCount(contents.entries), unit: "" }} />],
          ["Size in Redis", <Reading key="bytes" of={formatBytes(contents.bytes)} />],
          [
            "In the memory of this node",
            <span key="memory">
              <span>{`${formatCount(contents.memoryEntries)} entries, `}</span>
              <Reading of={formatBytes(contents.memoryBytes)} />
            </span>,
          ],
          ...(contents.leftOver === 0 ? [] : [["Entries of another version", formatCount(contents.leftOver)] as const]),
          ...(definition === null
            ? [["Definition", "none in this version of the application"] as const]
            : [
                ["Fresh for", formatLifetime(definition.freshMs)] as const,
                ["Then served stale for", formatLifetime(definition.staleMs)] as const,
                [
                  "Remembers that no value exists for",
                  definition.negativeMs === null ? "never" : formatLifetime(definition.negativeMs),
                ] as const,
              ]),
          ...(contents.isSensitive ? [["Keys and values", "hidden: the group is sensitive"] as const] : []),
        ]}
      />
    </SheetPart>
  );
}

/** The server merges them at most once a second or so; they change within a minute. */
const hotEveryMs = 5_000;

function HottestKeys({ group }: { group: string }) {
  const trpc = useTRPC();
  const hot = useLive(trpc.insights.hotKeys.queryOptions({ limit: 100 }), { everyMs: hotEveryMs });
  const mine = hot.data?.keys.filter((key) => key.group === group).slice(0, maxHot) ?? [];
  return (
    <SheetPart title="Hottest keys" note="in the last minute, on all nodes">
      {hot.error !== null ? (
        <ProblemNotice cause={hot.error} onRetry={hot.retry} isRetrying={hot.isLoading} />
      ) : hot.data === undefined ? (
        <Skeleton className="h-5 w-full" />
      ) : mine.length === 0 ? (
        <NoRows>None of the 100 most read keys belongs to this group.</NoRows>
      ) : (
        <ul>
          {mine.map(({ key, isHidden, reads, atLeast, atMost, readsPerSecond }) => (
            <li key={key} className="flex items-baseline gap-3 border-t border-line py-1.5">
              <span className="min-w-0 flex-1 truncate font-mono text-[12.5px]" title={key}>
                {isHidden ? key : <ViewLink href={hrefOfKey(group, key)}>{key === "" ? "(empty)" : key}</ViewLink>}
              </span>
              <span
                className="shrink-0"
                title={`About ${formatCount(reads)} reads: between ${formatCount(atLeast)} and ${formatCount(atMost)}`}
              >
                <Reading of={formatRate(readsPerSecond)} />
              </span>
            </li>
          ))}
        </ul>
      )}
    </SheetPart>
  );
}

/** Each answer reads dozens of traces. */
const readersEveryMs = 15_000;

function Readers({ group }: { group: string }) {
  const trpc = useTRPC();
  const { filter } = useView();
  const live = useLive(trpc.traces.readers.queryOptions({ ...filter, group }), { everyMs: readersEveryMs });
  const { data, error } = live;
  return (
    <SheetPart
      title="Procedures that read it"
      note={data === undefined ? undefined : `in the ${formatCount(data.traces)} newest traces of this range`}
    >
      {error !== null ? (
        <ProblemNotice cause={error} onRetry={live.retry} isRetrying={live.isLoading} />
      ) : data === undefined ? (
        <Skeleton className="h-5 w-full" />
      ) : data.readers.length === 0 ? (
        <NoRows>No sampled trace reads this group.</NoRows>
      ) : (
        <ul>
          {data.readers.map(({ procedure, traces, readsPerTrace, worstTraceId }) => (
            <li key={procedure} className="flex items-baseline gap-3 border-t border-line py-1.5 tabular-nums">
              <span className="min-w-0 flex-1 truncate font-mono text-[12.5px]" title={procedure}>
                <ViewLink href={`/admin/procedures?open=${encodeURIComponent(procedure)}`}>{procedure}</ViewLink>
              </span>
              <span className="text-muted" title="Reads of the group per trace, on average">
                {`${formatFixed(readsPerTrace, 1)} reads`}
              </span>
              <ViewLink href={`/admin/traces?open=${worstTraceId}`} title="The trace with the most reads of the group">
                {traces === 1 ? "1 trace" : `${formatCount(traces)} traces`}
              </ViewLink>
            </li>
          ))}
        </ul>
      )}
    </SheetPart>
  );
}

function Invalidations({ group }: { group: string }) {
  const trpc = useTRPC();
  const { filter } = useView();
  const { data } = useLive(trpc.insights.series.queryOptions(filter));
  if (data === undefined) return null;
  const mine = data.marks?.filter(({ groups, target }) => groups.includes(group) || target === "everything") ?? null;
  return (
    <SheetPart title="Invalidations by users and commands">
      <InvalidationList marks={mine} of="this group" />
    </SheetPart>
  );
}
