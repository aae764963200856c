"use client";

import { RotateCw } from "lucide-react";
import { Button } from "@/ui/controls/button";
import { EmptyState } from "@/ui/feedback/empty-state";
import { ProblemNotice } from "@/ui/feedback/problem-notice";
import { Skeleton } from "@/ui/feedback/skeleton";
import { When } from "@/ui/format/when";
import { AdviceCard } from "./advice-card";
import { useAdvice } from "./use-advice";

const dayMs = 86_400_000;

type Props = {
  /** Only advice for this statement. */
  statement?: string;
  onOpen?: (name: string) => void;
};

/** Indexes to add and to drop, the most expensive statements first. */
export function AdvicePanel({ statement, onOpen }: Props) {
  const { data, error, isLoading, again } = useAdvice();
  const shown =
    statement === undefined
      ? data?.advice
      : data?.advice.filter(({ statements }) => statements.some(({ name }) => name === statement));
  const skipped = data?.skipped.filter((one) => statement === undefined || one.statement === statement) ?? [];
  return (
    <section aria-label="Index advice" aria-busy={isLoading}>
      <div className="mb-3 flex flex-wrap items-center gap-x-3 gap-y-2">
        <Button isBusy={isLoading} onClick={again}>
          <RotateCw aria-hidden size={14} />
          Examine again
        </Button>
        {data === undefined ? null : (
          <p className="caption">
            <span>{`${data.examined} plans examined `}</span>
            <When at={data.at} />
            <span>
              {data.countedForMs === null
                ? "."
                : `. Postgres has counted index use for ${Math.max(0, Math.floor(data.countedForMs / dayMs))} days.`}
            </span>
            <span>{data.canPretend ? "" : " Install HypoPG to see the cost with an index before you create it."}</span>
          </p>
        )}
      </div>
      {error === null ? null : <ProblemNotice cause={error} onRetry={again} isRetrying={isLoading} />}
      {shown === undefined ? (
        error === null ? (
          <div role="status" aria-label="Examining plans…" className="space-y-3">
            <Skeleton className="h-5 w-2/3" />
            <Skeleton className="h-16 w-full" />
            <Skeleton className="h-16 w-full" />
          </div>
        ) : null
      ) : shown.length === 0 ? (
        <EmptyState
          title={
            statement === undefined
              ? "No index is missing, and none is spare."
              : "No index would make this statement cheaper."
          }
        >
          {statement === undefined
            ? "Weir examines the plans of the statements with the most time, foreign keys, and indexes that are duplicate or unused."
            : skipped.length > 0
              ? `Its plan could not be examined: ${skipped[0]?.why ?? ""}`
              : "Its plan uses the indexes there are, or its tables are small."}
        </EmptyState>
      ) : (
        shown.map((advice) => (
          <AdviceCard key={advice.id} advice={advice} {...(onOpen === undefined ? {} : { onOpen })} />
        ))
      )}
      {statement === undefined && skipped.length > 0 ? (
        <details className="mt-4">
          <summary className="caption cursor-pointer hover:text-ink">{`${skipped.length} statements could not be examined`}</summary>
          <ul className="mt-1">
            {skipped.map((one) => (
              <li key={`${one.statement} ${one.why}`} className="caption">
                <span className="font-mono">{one.statement}</span>
                <span>{`: ${one.why}`}</span>
              </li>
            ))}
          </ul>
        </details>
      ) : null}
    </section>
  );
}
