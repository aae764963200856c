"use client";

import type { ReactNode } from "react";
import { EmptyState } from "@/ui/feedback/empty-state";
import { ProblemNotice } from "@/ui/feedback/problem-notice";
import { Skeleton } from "@/ui/feedback/skeleton";
import type { Live } from "./use-live";

type Props<Data> = {
  live: Live<Data>;
  /** What stands in for the content while it loads; a few lines by default. */
  skeleton?: ReactNode;
  /** Whether there is nothing to show, and what to say then: why it is empty, and what to do about it. */
  isEmpty?: (data: Data) => boolean;
  empty?: ReactNode;
  children: (data: Data) => ReactNode;
};

/**
 * A part of a page with all its states: loading, empty, failed with the last data faded below the reason, waiting for
 * another range, and there.
 */
export function LiveSection<Data>({ live, skeleton, isEmpty, empty, children }: Props<Data>) {
  const { data, error } = live;
  return (
    <>
      {error === null ? null : (
        <ProblemNotice
          cause={error}
          onRetry={live.retry}
          isRetrying={live.isLoading}
          {...(data === undefined
            ? {}
            : { children: <p className="mt-0.5 text-muted">The metrics below are the last ones received.</p> })}
        />
      )}
      {data === undefined ? (
        error === null ? (
          <div role="status" aria-label="Loading…" className="mt-4">
            {skeleton ?? <LinesSkeleton />}
          </div>
        ) : null
      ) : (
        <div
          className={`mt-4 ${live.isOfOtherInput || error !== null ? "opacity-60" : ""}`}
          aria-busy={live.isOfOtherInput}
        >
          {isEmpty?.(data) === true ? typeof empty === "string" ? <EmptyState title={empty} /> : empty : children(data)}
        </div>
      )}
    </>
  );
}

const lines = ["a", "b", "c", "d", "e", "f"] as const;

function LinesSkeleton() {
  return (
    <div className="space-y-3">
      {lines.map((line) => (
        <Skeleton key={line} className="h-5 w-full" />
      ))}
    </div>
  );
}
