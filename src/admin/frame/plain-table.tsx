import type { ReactNode } from "react";

type Props = {
  /** What the rows are, for screen readers. */
  label: string;
  columns: readonly string[];
  /** The first cell names the row; the others are numbers or short words. */
  rows: readonly { key: string; cells: readonly ReactNode[] }[];
};

/** A table without sorting, for a handful of rows. */
export function PlainTable({ label, columns, rows }: Props) {
  return (
    // The wrapper is focusable so that keyboard users can scroll it.
    <div role="region" aria-label={label} tabIndex={0} className="overflow-x-auto">
      <table className="w-full text-right tabular-nums">
        <thead>
          <tr className="caption">
            {columns.map((column, index) => (
              <th
                key={column}
                scope="col"
                className={`py-1.5 pr-4 font-normal last:pr-0 ${index === 0 ? "text-left" : ""}`}
              >
                {column}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {rows.map(({ key, cells: [name, ...rest] }) => (
            <tr key={key} className="border-t border-line">
              <th scope="row" className="max-w-96 truncate py-1.5 pr-4 text-left font-mono text-[13px] font-normal">
                {name}
              </th>
              {rest.map((cell, index) => (
                <td key={columns[index + 1]} className="py-1.5 pr-4 whitespace-nowrap last:pr-0">
                  {cell}
                </td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}
