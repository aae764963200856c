"use client";

import { useQuery } from "@tanstack/react-query";
import { type ReactNode, useState } from "react";
import { InvalidateButton } from "@/admin/cache/ui/invalidate-button";
import { Facts, NoRows, SheetPart } from "@/admin/cache/ui/sheet/sheet-parts";
import { useLive } from "@/admin/frame/view/use-live";
import { ViewLink } from "@/admin/frame/view-link";
import type { CacheKeyInspection, CacheStanding } from "@/admin/keys/contract";
import { Button } from "@/ui/controls/button";
import { CopyButton } from "@/ui/controls/copy-button";
import { Dialog } from "@/ui/feedback/dialog";
import { ProblemNotice } from "@/ui/feedback/problem-notice";
import { Skeleton } from "@/ui/feedback/skeleton";
import { formatBytes, formatCount, formatDuration } from "@/ui/format/numbers";
import { Reading } from "@/ui/format/reading";
import { useTRPC } from "@/ui/rpc/provider";
import { describeMark, describeNextRead, describeReason, hiddenWords } from "./key-words";
import { Countdown, Standing } from "./keys-table";

type Props = { group: string; name: string; onInvalidate: () => void; onClose: () => void };

const everyMs = 2_000;

/** One key: whether it is served and why not, what Redis and this node's memory hold, its tags with their epochs, its value. */
export function KeySheet({ group, name, onInvalidate, onClose }: Props) {
  const trpc = useTRPC();
  const live = useLive(trpc.insights.cacheKey.queryOptions({ group, key: name }), { everyMs });
  const { data, error } = live;
  return (
    <Dialog title={`${group}:${name}`} shape="sheet" onClose={onClose}>
      <div className="mb-4 flex items-center justify-between gap-4">
        <ViewLink href={`/admin/cache?open=${encodeURIComponent(`group:${group}`)}`}>{`Group ${group}`}</ViewLink>
        <InvalidateButton label="Invalidate this key…" onOpen={onInvalidate} />
      </div>
      {error === null ? null : <ProblemNotice cause={error} onRetry={live.retry} isRetrying={live.isLoading} />}
      {data === undefined ? (
        error === null ? (
          <div role="status" aria-label="Loading…" className="space-y-3">
            <Skeleton className="h-5 w-full" />
            <Skeleton className="h-5 w-2/3" />
          </div>
        ) : null
      ) : // Only the digest of the key is known, which finds no entry.
      name.startsWith("hidden:") && data.isHidden ? (
        <p>{hiddenWords.sensitive}</p>
      ) : (
        <KeyDetail of={data} readAtMs={live.arrivedAtMs} />
      )}
    </Dialog>
  );
}

function StandingRow({ where, of }: { where: string; of: CacheStanding | null }) {
  return (
    <li className="border-t border-line py-1.5">
      <span className="flex justify-between gap-3">
        <span className="text-muted">{where}</span>
        {of === null ? <span>no entry</span> : <Standing of={of} />}
      </span>
      {of === null || of.reasons.length === 0 ? null : (
        <ul className="mt-0.5 text-[13px]">
          {of.reasons.map((reason) => (
            <li key={`${reason.cause}:${reason.mark ?? ""}`}>{describeReason(reason)}</li>
          ))}
        </ul>
      )}
    </li>
  );
}

function KeyDetail({ of, readAtMs }: { of: CacheKeyInspection; readAtMs: number }) {
  const { stored, memory, epoch, appliedEpoch } = of;
  const lag = epoch === null ? 0 : epoch - appliedEpoch;
  return (
    <>
      <p className="font-medium" data-testid="next-read">
        {describeNextRead(of)}
      </p>
      <ul className="mt-3">
        <StandingRow where="In Redis" of={stored} />
        <StandingRow where="In the memory of this node" of={memory} />
      </ul>
      {stored === null ? null : (
        <SheetPart title="Entry in Redis">
          <Facts
            facts={[
              ["Expires in", <Countdown key="ttl" endsAtMs={readAtMs + stored.ttlMs} />],
              ["Fresh for", <Countdown key="fresh" endsAtMs={Date.parse(stored.freshUntil)} />],
              ["Size", <Reading key="size" of={formatBytes(stored.sizeBytes)} />],
              ["Load took", <Reading key="load" of={formatDuration(stored.loadMs)} />],
              ["Encoding", stored.encoding],
              ["Loaded at epoch", formatCount(stored.epoch)],
            ]}
          />
        </SheetPart>
      )}
      {memory === null ? null : (
        <SheetPart title="Entry in this node’s memory">
          <Facts
            facts={[
              ["Fresh for", <Countdown key="fresh" endsAtMs={readAtMs + memory.freshForMs} />],
              ["Size", <Reading key="size" of={formatBytes(memory.sizeBytes)} />],
              ["Checked at epoch", formatCount(memory.checkedEpoch)],
            ]}
          />
        </SheetPart>
      )}
      {stored === null ? null : (
        <SheetPart title="Tags and other marks" note="an invalidation after the entry’s epoch makes it stale or void">
          <table className="w-full table-fixed text-[13px] tabular-nums">
            <caption className="sr-only">Marks of the entry with the epochs of their last invalidations</caption>
            <thead className="caption">
              <tr>
                <th scope="col" className="py-1 text-left font-normal">
                  Mark
                </th>
                <th scope="col" className="w-28 py-1 text-right font-normal">
                  Purged at epoch
                </th>
                <th scope="col" className="w-28 py-1 text-right font-normal">
                  Expired at epoch
                </th>
              </tr>
            </thead>
            <tbody>
              {stored.marks.map(({ mark, purgedEpoch, expiredEpoch }) => (
                <tr key={mark} className="border-t border-line">
                  <th scope="row" className="truncate py-1.5 text-left font-normal" title={mark}>
                    {describeMark(mark)}
                  </th>
                  <MarkEpoch at={purgedEpoch} entry={stored.epoch} />
                  <MarkEpoch at={expiredEpoch} entry={stored.epoch} />
                </tr>
              ))}
            </tbody>
          </table>
        </SheetPart>
      )}
      <SheetPart title="Clock of the cache">
        <Facts
          facts={[
            ["Epoch in Redis", epoch === null ? "none" : formatCount(epoch)],
            ["Applied by this node", `${formatCount(appliedEpoch)}${lag > 0 ? `, ${formatCount(lag)} behind` : ""}`],
          ]}
        />
      </SheetPart>
      <Value of={of} />
    </>
  );
}

function MarkEpoch({ at, entry }: { at: number; entry: number }): ReactNode {
  const isLater = at > entry;
  return (
    <td className={`text-right ${isLater ? "font-medium text-act" : ""}`}>
      {at === 0 ? "never" : `${formatCount(at)}${isLater ? ", later" : ""}`}
    </td>
  );
}

/** The value, on request: reading it is not needed for anything else on this page. */
function Value({ of: { group, key } }: { of: CacheKeyInspection }) {
  const trpc = useTRPC();
  const [isWanted, setWanted] = useState(false);
  const query = useQuery(
    trpc.insights.cacheKey.queryOptions({ group, key, withValue: true }, { enabled: isWanted, gcTime: 0 }),
  );
  const value = query.data?.value;
  return (
    <SheetPart title="Value">
      {!isWanted ? (
        <Button onClick={() => setWanted(true)}>Show the value</Button>
      ) : query.error !== null ? (
        <ProblemNotice cause={query.error} onRetry={() => void query.refetch()} isRetrying={query.isFetching} />
      ) : value === undefined ? (
        <Skeleton className="h-16 w-full" />
      ) : value.json === null ? (
        <NoRows>{hiddenWords[value.why]}</NoRows>
      ) : (
        <>
          <pre
            tabIndex={0}
            aria-label="Value as JSON"
            className="mb-2 max-h-[45vh] overflow-auto rounded bg-sunken p-3 font-mono text-[12.5px] leading-relaxed break-words whitespace-pre-wrap"
          >
            {value.isCut ? value.json : indented(value.json)}
          </pre>
          {value.isCut ? <p className="caption mb-2">Cut after 64 Ki characters.</p> : null}
          <CopyButton text={value.json} name="value" />
        </>
      )}
    </SheetPart>
  );
}

function indented(json: string): string {
  try {
    return JSON.stringify(JSON.parse(json), null, 2);
  } catch {
    // A value of another encoding is shown as it is.
    return json;
  }
}
