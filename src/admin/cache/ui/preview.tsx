"use client";

import { keepPreviousData, useQuery } from "@tanstack/react-query";
import { ProblemNotice } from "@/ui/feedback/problem-notice";
import { Skeleton } from "@/ui/feedback/skeleton";
import { formatCount } from "@/ui/format/numbers";
import { useSettled } from "@/ui/hooks/timers";
import { useTRPC } from "@/ui/rpc/provider";
import type { CachePreview, CachePreviewInput } from "../contract";
import { describePreview, shareOf } from "./preview-words";

function Rows({ preview }: { preview: CachePreview }) {
  const shown = preview.byGroup.slice(0, 8);
  const rest = preview.byGroup.length - shown.length;
  if (preview.byGroup.length < 2) return null;
  return (
    <table className="mt-2 w-full table-fixed text-[13px]">
      <caption className="sr-only">Entries per group</caption>
      <tbody>
        {shown.map(({ group, entries }) => (
          <tr key={group} className="border-t border-line">
            <th scope="row" className="truncate py-1 pr-3 text-left font-mono font-normal" title={group}>
              {group}
            </th>
            <td className="w-24 py-1" aria-hidden>
              <span className="block h-2 bg-sunken">
                <span className="block h-full bg-accent" style={{ width: `${shareOf(preview, entries) * 100}%` }} />
              </span>
            </td>
            <td className="w-20 py-1 text-right tabular-nums">{formatCount(entries)}</td>
          </tr>
        ))}
      </tbody>
      {rest > 0 ? (
        <caption className="caption caption-bottom pt-1 text-left">
          {`and ${rest} more ${rest === 1 ? "group" : "groups"}`}
        </caption>
      ) : null}
    </table>
  );
}

/** The effect of an invalidation of the target. Keeps its size while counting. */
export function Preview({ target, state }: { target: CachePreviewInput | null; state: PreviewState }) {
  const { preview, error, isCounting, retry } = state;
  return (
    <section aria-labelledby="preview-title" className="rounded bg-sunken px-3 py-2.5">
      <h3 id="preview-title" className="caption">
        Preview
      </h3>
      <div role="status" aria-busy={isCounting} className="min-h-10" data-testid="preview">
        {target === null ? (
          <p className="text-muted">Choose a target to preview how many entries it affects.</p>
        ) : error !== null ? (
          <ProblemNotice cause={error} title="Could not count the entries" onRetry={retry} isRetrying={isCounting}>
            <p className="mt-0.5 text-muted">You can still invalidate.</p>
          </ProblemNotice>
        ) : preview === undefined ? (
          <span className="block space-y-1.5 pt-1">
            <Skeleton className="h-4 w-56 bg-line" />
            <Skeleton className="h-3 w-40 bg-line" />
          </span>
        ) : (
          <div className={isCounting ? "opacity-60" : ""}>
            <p className="font-medium tabular-nums">{describePreview(preview).sentence}</p>
            <p className="caption tabular-nums">{describePreview(preview).basis}</p>
          </div>
        )}
      </div>
      {target !== null && preview !== undefined && error === null ? <Rows preview={preview} /> : null}
    </section>
  );
}

export type PreviewState = {
  /** Undefined until the first count; the previous target's while counting a new one. */
  preview: CachePreview | undefined;
  error: unknown;
  isCounting: boolean;
  retry: () => void;
};

/** Debounces typing. */
const settleMs = 300;

/** Counts the entries that the target affects, again whenever it changes. */
export function usePreview(target: CachePreviewInput | null): PreviewState {
  const trpc = useTRPC();
  const wanted = target === null ? "" : JSON.stringify(target);
  const settled = useSettled(wanted, settleMs);
  const isSettled = settled === wanted && wanted !== "";
  const query = useQuery(
    trpc.cache.preview.queryOptions(target ?? { all: true }, {
      enabled: isSettled,
      placeholderData: keepPreviousData,
      staleTime: 5_000,
    }),
  );
  return {
    preview: wanted === "" ? undefined : query.data,
    error: isSettled ? query.error : null,
    isCounting: wanted !== "" && (!isSettled || query.isFetching),
    retry: () => void query.refetch(),
  };
}
