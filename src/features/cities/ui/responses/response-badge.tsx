"use client";

import { RotateCw } from "lucide-react";
import { decidingOutcome } from "@/ui/rpc/answers";
import { useAnswerTo } from "@/ui/rpc/provider";
import { formatDuration } from "@/ui/format/numbers";
import { lookOf, OutcomeSwatch } from "@/ui/charts/outcomes";
import { Reading } from "@/ui/format/reading";

type Props = {
  procedure: string;
  input: unknown;
  /** Repeats the call, to watch the cache at work. */
  onRepeat?: () => void;
};

/** The source and cost of the latest response to a call. Reserves its space before there is one. */
export function ResponseBadge({ procedure, input, onRepeat }: Props) {
  const answer = useAnswerTo(procedure, input);
  const deciding = answer === null ? null : decidingOutcome(answer.reads);
  return (
    <span
      data-answer={procedure}
      data-outcome={deciding?.outcome ?? ""}
      className="caption flex h-6 min-w-0 items-center gap-2 whitespace-nowrap"
    >
      {answer === null ? null : (
        <>
          {deciding === null ? (
            <span>{answer.ok ? "Not cached" : "Error"}</span>
          ) : (
            <span className="flex items-center gap-1.5 font-medium text-ink" title={lookOf(deciding.outcome).meaning}>
              <OutcomeSwatch name={deciding.outcome} />
              {lookOf(deciding.outcome).label}
              {answer.reads.length > deciding.count ? ` ${deciding.count}/${answer.reads.length}` : ""}
            </span>
          )}
          <span title="Server time">
            <Reading of={formatDuration(answer.totalMs)} className="text-ink" />
          </span>
          {answer.sqlMs === null ? null : (
            <span title="Postgres time">
              SQL <Reading of={formatDuration(answer.sqlMs)} className="text-ink" />
            </span>
          )}
        </>
      )}
      {onRepeat === undefined ? null : (
        <button
          type="button"
          className="grid size-6 place-items-center rounded text-muted hover:text-ink"
          aria-label={`Repeat ${procedure}`}
          title="Repeat"
          onClick={onRepeat}
        >
          <RotateCw aria-hidden size={13} strokeWidth={1.75} />
        </button>
      )}
    </span>
  );
}
