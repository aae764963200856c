import type { PreparedChart } from "./prepare/prepared";

/** The data of a chart as a table, newest first. */
export function ChartTable({ chart, height }: { chart: PreparedChart; height: number }) {
  const hasMarkers = chart.markers.length > 0;
  return (
    <div
      role="region"
      aria-label={`${chart.title} as a table`}
      tabIndex={0}
      className="relative overflow-auto border-y border-line"
      style={{ height }}
    >
      <table className="w-full text-[13px] whitespace-nowrap tabular-nums">
        <caption className="sr-only">{chart.summary}</caption>
        <thead className="caption sticky top-0 z-10 bg-ground">
          <tr>
            <th scope="col" className="py-1 text-left font-normal">
              Interval
            </th>
            {chart.columns.map((column) => (
              <th key={column} scope="col" className="py-1 pl-3 text-right font-normal">
                {column}
              </th>
            ))}
            {hasMarkers ? (
              <th scope="col" className="w-1/4 py-1 pl-5 text-left font-normal">
                Markers
              </th>
            ) : null}
          </tr>
        </thead>
        <tbody>
          {chart.rows.map(({ index, words, note, cells, markers }) => (
            <tr key={index} className="border-t border-line">
              <th scope="row" className="py-0.5 text-left font-normal">
                <span>{words}</span>
                {note === "" ? null : <span className="caption ml-2">{note}</span>}
              </th>
              {cells === null ? (
                <td colSpan={chart.columns.length} className="caption pl-3 text-right">
                  nothing reported
                </td>
              ) : (
                cells.map((cell, column) => (
                  <td
                    key={chart.columns[column] ?? column}
                    className={`pl-3 text-right ${cell === "0" || cell === "–" ? "text-muted" : ""}`}
                  >
                    {cell}
                  </td>
                ))
              )}
              {hasMarkers ? (
                <td className="py-0.5 pl-5 whitespace-normal">
                  {markers.map(({ id, time, sentence }) => (
                    <span key={id} className="block">
                      {`${time} ${sentence}`}
                    </span>
                  ))}
                </td>
              ) : null}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}
