"use client";

import { RotateCw } from "lucide-react";
import { lookOf, OutcomeSwatch } from "@/ui/charts/outcomes";
import { formatDuration } from "@/ui/format/numbers";
import { Reading } from "@/ui/format/reading";
import { useResponseTo } from "@/ui/rpc/provider";
import { decidingOutcome } from "@/ui/rpc/responses";

type Props = {
  procedure: string;
  input: unknown;
  /** Repeats the call, to watch the cache at work. */
  onRepeat?: () => void;
};

/** The source and cost of the latest response to a call. Reserves its space before there is one. */
export function ResponseBadge({ procedure, input, onRepeat }: Props) {
  const response = useResponseTo(procedure, input);
  const deciding = response === null ? null : decidingOutcome(response.reads);
  return (
    <span
      data-response={procedure}
      data-outcome={deciding?.outcome ?? ""}
      className="caption flex h-6 min-w-0 items-center gap-2 whitespace-nowrap"
    >
      {response === null ? null : (
        <>
          {deciding === null ? (
            <span>{response.ok ? "Not cached" : "Error"}</span>
          ) : (
            <span className="flex items-center gap-1.5 font-medium text-ink" title={lookOf(deciding.outcome).meaning}>
              <OutcomeSwatch name={deciding.outcome} />
              <span>
                {`${lookOf(deciding.outcome).label}${response.reads.length > deciding.count ? ` ${deciding.count}/${response.reads.length}` : ""}`}
              </span>
            </span>
          )}
          <span title="Server time">
            <Reading of={formatDuration(response.totalMs)} className="text-ink" />
          </span>
          {response.sqlMs === null ? null : (
            <span title="Postgres time">
              SQL <Reading of={formatDuration(response.sqlMs)} className="text-ink" />
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
