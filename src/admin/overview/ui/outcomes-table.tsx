import { formatTime } from "@/ui/format/moments";
import type { OutcomesChart } from "@/ui/charts/outcomes-prepare";
import { formatCount } from "@/ui/format/numbers";
import { outcomeLooks } from "@/ui/charts/outcomes";

/** The chart's figures as a table, newest first. */
export function OutcomesTable({ chart }: { chart: OutcomesChart }) {
  const rows = chart.buckets
    .map((bucket, index) => ({
      bucket,
      begin: chart.span.from + index * chart.stepSeconds,
      marks: chart.markers.filter((mark) => mark.index === index),
    }))
    .toReversed();
  return (
    <div
      role="region"
      aria-label="Cache reads as a table"
      tabIndex={0}
      className="relative h-[236px] overflow-auto border-y border-line"
    >
      <table className="w-full min-w-[720px] text-[13px] tabular-nums">
        <caption className="sr-only">{chart.summary}</caption>
        <thead className="caption sticky top-0 bg-ground">
          <tr>
            <th scope="col" className="py-1 text-left font-normal">
              From
            </th>
            {outcomeLooks.map(({ name, label }) => (
              <th key={name} scope="col" className="py-1 pl-3 text-right font-normal">
                {label}
              </th>
            ))}
            <th scope="col" className="py-1 pl-3 text-right font-normal">
              Reads
            </th>
            {chart.markers.length === 0 ? null : (
              <th scope="col" className="w-1/4 py-1 pl-5 text-left font-normal">
                Invalidations
              </th>
            )}
          </tr>
        </thead>
        <tbody>
          {rows.map(({ bucket, begin, marks }) => (
            <tr key={begin} className="border-t border-line">
              <th scope="row" className="py-0.5 text-left font-normal">
                {formatTime(begin, chart.stepSeconds)}
                {bucket?.isFilling === true ? <span className="caption ml-2">still filling</span> : null}
              </th>
              {bucket === null ? (
                <td colSpan={outcomeLooks.length + 1} className="caption pl-3 text-right">
                  no node reported
                </td>
              ) : (
                <>
                  {outcomeLooks.map(({ name }) => (
                    <td key={name} className={`pl-3 text-right ${bucket.outcomes[name] === 0 ? "text-muted" : ""}`}>
                      {formatCount(bucket.outcomes[name])}
                    </td>
                  ))}
                  <td className="pl-3 text-right">{formatCount(bucket.reads)}</td>
                </>
              )}
              {chart.markers.length === 0 ? null : (
                <td className="py-0.5 pl-5">
                  {marks.map(({ id, at, sentence }) => (
                    <span key={id} className="block">
                      {formatTime(at, 1)} {sentence}
                    </span>
                  ))}
                </td>
              )}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}
