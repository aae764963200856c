import Link from "next/link";
import { pageLinks } from "@/admin/frame/links";
import { useViewLink } from "@/admin/frame/view/use-view-link";
import type { StatementCaller } from "@/admin/insights/contract/tables";
import { formatCount, formatDuration, formatFixed, formatShare, readAloud } from "@/ui/format/numbers";
import { Reading } from "@/ui/format/reading";

/** Names in parentheses are no procedures: `(none)`, `(other)`. */
const isProcedure = (name: string): boolean => !name.startsWith("(");

const words: Readonly<Record<string, string>> = {
  "(none)": "outside a procedure",
  "(other)": "other procedures",
};

/** From this on a statement is run in a loop. */
const manyPerCall = 5;

/** The procedures that run a statement, each with its share of the statement's time and links to its page and traces. */
export function Callers({ callers }: { callers: readonly StatementCaller[] }) {
  const toView = useViewLink();
  if (callers.length === 0) return <p className="text-muted">No callers were recorded in this range.</p>;
  return (
    <ul>
      {callers.map(({ procedure, count, totalMs, share, perCall }) => (
        <li key={procedure} className="border-t border-line py-2">
          <div className="flex flex-wrap items-baseline gap-x-3">
            {isProcedure(procedure) ? (
              <Link
                prefetch={false}
                href={toView(pageLinks.procedure(procedure))}
                className="font-mono text-[13px] [overflow-wrap:anywhere] text-accent hover:underline"
              >
                {procedure}
              </Link>
            ) : (
              <span>{words[procedure] ?? procedure}</span>
            )}
            <span className="ml-auto flex items-baseline gap-3 tabular-nums">
              {perCall === null ? null : (
                <span className={perCall >= manyPerCall ? "font-medium text-watch" : "text-muted"}>
                  {`${formatFixed(perCall, perCall < 9.95 ? 1 : 0)} per call`}
                </span>
              )}
              <Reading of={formatDuration(totalMs)} />
              <Reading of={formatShare(share)} className="w-14 text-right" />
            </span>
          </div>
          <div aria-hidden className="mt-1 h-1.5 bg-sunken">
            <div className="h-full bg-accent" style={{ width: `${(share ?? 0) * 100}%` }} />
          </div>
          <p className="caption mt-1 flex gap-3">
            <span>{`${formatCount(count)} executions, ${readAloud(formatDuration(totalMs / Math.max(1, count)))} each`}</span>
            {isProcedure(procedure) ? (
              <Link
                prefetch={false}
                href={toView(pageLinks.traces(procedure))}
                className="ml-auto text-accent hover:underline"
              >
                Traces
              </Link>
            ) : null}
          </p>
        </li>
      ))}
    </ul>
  );
}
