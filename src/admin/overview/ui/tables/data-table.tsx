"use client";

import {
  createColumnHelper,
  createSortedRowModel,
  rowSortingFeature,
  sortFn_basic,
  tableFeatures,
  useTable,
} from "@tanstack/react-table";
import { ArrowDown, ArrowUp } from "lucide-react";
import { type ReactNode, useMemo, useState } from "react";
import { holdOrder, type TableSort, useTableSort } from "./row-order";

/** One column of a table of metrics. */
export type Column<Row> = {
  id: string;
  label: string;
  /** The meaning of the metric, shown on hover. */
  title: string;
  /** CSS width, independent of the values. */
  width: string;
  /** The sort key; null sorts last. */
  value: (row: Row) => number | string | null;
  cell: (row: Row) => ReactNode;
};

const features = tableFeatures({
  rowSortingFeature,
  sortedRowModel: createSortedRowModel(),
  sortFns: { basic: sortFn_basic },
});

type Props<Row> = {
  /** The name of the table in the URL. */
  name: string;
  caption: string;
  rows: Row[];
  columns: readonly Column<Row>[];
  fallbackSort: TableSort;
  keyOf: (row: Row) => string;
  onOpen: (row: Row) => void;
  /** A button at the end of each row. */
  renderAction?: (row: Row) => ReactNode;
  minWidth: string;
};

/**
 * A table of live metrics, sortable by every column. Rows keep their places while the pointer or the focus is in the
 * table. The first column holds the button that opens a row.
 */
export function DataTable<Row extends Record<string, unknown>>(props: Props<Row>) {
  const { columns, rows, keyOf, renderAction } = props;
  const [sort, setSort] = useTableSort(
    props.name,
    columns.map(({ id }) => id),
    props.fallbackSort,
  );
  const [held, setHeld] = useState<readonly string[] | null>(null);
  const definitions = useMemo(() => {
    const helper = createColumnHelper<typeof features, Row>();
    return columns.map(({ id, value }) =>
      helper.accessor((row): unknown => value(row) ?? undefined, {
        id,
        sortFn: "basic",
        sortUndefined: "last",
      }),
    );
  }, [columns]);
  const table = useTable({
    features,
    columns: definitions,
    data: rows,
    getRowId: keyOf,
    state: { sorting: [sort] },
    enableMultiSort: false,
    enableSortingRemoval: false,
  });
  const [first, ...rest] = columns;
  const sorted = table.getRowModel().rows;
  const keys = sorted.map(({ id }) => id);
  const byKey = new Map(sorted.map((row) => [row.id, row]));
  const shown = held === null ? keys : holdOrder(held, keys);
  const hold = (): void => setHeld((now) => now ?? keys);
  const release = (): void => setHeld(null);

  return (
    // Scrolls horizontally when wider than the screen, and is focusable for that.
    <div
      role="region"
      aria-label={props.caption}
      tabIndex={0}
      className="relative -mx-4 overflow-x-auto px-4 sm:mx-0 sm:px-0"
    >
      <table
        className="w-full table-fixed text-[13px]"
        style={{ minWidth: props.minWidth }}
        onPointerMove={hold}
        onPointerLeave={release}
        onFocus={hold}
        onBlur={release}
      >
        <caption className="sr-only">{props.caption}</caption>
        <thead>
          <tr className="caption">
            {columns.map((column, index) => {
              const isSorted = sort.id === column.id;
              const Arrow = sort.desc ? ArrowDown : ArrowUp;
              return (
                <th
                  key={column.id}
                  scope="col"
                  style={{ width: column.width }}
                  aria-sort={isSorted ? (sort.desc ? "descending" : "ascending") : "none"}
                  className={`h-7 pr-3 font-normal last:pr-0 ${index === 0 ? "sticky left-0 bg-ground text-left" : "text-right"}`}
                >
                  <button
                    type="button"
                    title={column.title}
                    className={`inline-flex h-6 items-center gap-1 hover:text-ink ${isSorted ? "text-ink" : ""}`}
                    onClick={() => {
                      setSort({ id: column.id, desc: isSorted ? !sort.desc : index > 0 });
                      release();
                    }}
                  >
                    {isSorted ? <Arrow aria-hidden size={11} /> : null}
                    {column.label}
                  </button>
                </th>
              );
            })}
            {renderAction === undefined ? null : (
              <td className="w-9">
                <span className="sr-only">Actions</span>
              </td>
            )}
          </tr>
        </thead>
        <tbody>
          {shown.map((key) => {
            const row = byKey.get(key);
            if (row === undefined) return null;
            return (
              <tr
                key={key}
                data-row={key}
                className="group border-t border-line hover:bg-sunken"
                onClick={() => props.onOpen(row.original)}
              >
                <th scope="row" className="sticky left-0 bg-ground pr-3 text-left font-normal group-hover:bg-sunken">
                  <button
                    type="button"
                    data-row-button
                    className="block h-8 w-full truncate text-left font-mono text-[12.5px] hover:text-accent"
                    title={key}
                  >
                    {first?.cell(row.original)}
                  </button>
                </th>
                {rest.map(({ id, cell }) => (
                  <td key={id} data-column={id} className="h-8 pr-3 text-right last:pr-0">
                    {cell(row.original)}
                  </td>
                ))}
                {renderAction === undefined ? null : (
                  <td className="pl-2 text-right align-middle">{renderAction(row.original)}</td>
                )}
              </tr>
            );
          })}
        </tbody>
      </table>
    </div>
  );
}
