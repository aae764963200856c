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
import { type CSSProperties, type ReactNode, useEffect, useId, useMemo, useRef, useState } from "react";
import { EmptyState } from "../feedback/empty-state";
import { Skeleton } from "../feedback/skeleton";
import { formatCount } from "../format/numbers";
import { Reading } from "../format/reading";
import { useShortcuts } from "../hooks/use-shortcuts";
import { alignmentOf, type Column, filterRows, holdOrder, readingOf, toggleFilter } from "./columns";
import { moveByArrow, rowShortcuts } from "./row-keys";
import { isVisible, TableBar } from "./table-bar";
import { type TableSort, type TableState, useTableState } from "./table-state";
import { useRowWindow } from "./use-window";

const features = tableFeatures({
  rowSortingFeature,
  sortedRowModel: createSortedRowModel(),
  sortFns: { basic: sortFn_basic },
});

/** Rows that the server sorts, filters and pages. The page reads the wish with `useTableState` under the same name. */
export type RemoteRows = {
  /** Rows that match, on all pages. */
  matching: number;
  /** Rows without any filter. */
  total: number;
  /** Called when the end of the rows comes into view; null when there are no more. */
  onEnd: (() => void) | null;
};

type Props<Row> = {
  /** The name of the table in the URL: letters and digits. */
  name: string;
  title: string;
  headingAs?: "h2" | "h3";
  /** Undefined while they load. */
  rows: readonly Row[] | undefined;
  /** The first one names the row. */
  columns: readonly Column<Row>[];
  /** The order until another is chosen. */
  sort: TableSort;
  /** Unique. */
  keyOf: (row: Row) => string;
  /** Called by a click on a row or Enter on its name. */
  onOpen?: (row: Row) => void;
  /** A button at the end of each row. */
  renderAction?: (row: Row) => ReactNode;
  /** Only rows whose first column contains this text, ignoring case. With `remote` the server searches. */
  search?: string;
  remote?: RemoteRows;
  /** Shown when there are no rows at all. */
  empty: { title: string; children?: ReactNode };
  /** What is missing from the rows, in a sentence: a silent node, rows beyond a cap. */
  partial?: string | null;
  /** Replaces the rows when they could not be read. */
  problem?: ReactNode;
  /** More controls beside the title. */
  actions?: ReactNode;
  /** Height of every row in pixels. */
  rowHeight?: number;
  /** Dims a row. */
  isDimmed?: (row: Row) => boolean;
};

const skeletonRows = ["a", "b", "c", "d", "e", "f"] as const;

/**
 * A table of live metrics: sortable by every column, filtered by a click on a number, with its columns chosen by the
 * viewer, all of it in the URL. Rows keep their places while the pointer or the focus is in the table. More than 150 rows
 * are windowed.
 */
export function DataTable<Row extends object>(props: Props<Row>) {
  const { name, columns, rows, headingAs = "h2", search = "", remote } = props;
  const headingId = useId();
  const state = useTableState(
    name,
    columns.map(({ id }) => id),
    props.sort,
  );
  const visible = columns.filter((column, index) => index === 0 || isVisible(column, state.switched));
  const wanted = search.trim().toLowerCase();
  const [first] = columns;
  const matching = useMemo(() => {
    if (rows === undefined || remote !== undefined) return rows ?? [];
    const named =
      wanted === "" || first === undefined
        ? rows
        : rows.filter((row) =>
            String(first.value(row) ?? "")
              .toLowerCase()
              .includes(wanted),
          );
    return filterRows(named, columns, state.filters);
  }, [rows, remote, wanted, first, columns, state.filters]);
  const { sorted, hold, release } = useHeldRows(matching, props, state);
  const total = remote?.total ?? rows?.length ?? 0;
  const found = remote?.matching ?? matching.length;
  const isNarrowed = wanted !== "" || state.filters.length > 0;
  const count = rows === undefined || !isNarrowed ? "" : `${formatCount(found)} of ${formatCount(total)}`;
  useShortcuts(rowShortcuts);

  return (
    // No landmark: the scrolling region below has the same name.
    <div aria-busy={rows === undefined} className="min-w-0" data-table={name}>
      <TableBar
        title={props.title}
        headingAs={headingAs}
        headingId={headingId}
        count={count}
        columns={columns}
        visible={visible}
        rows={sorted}
        state={state}
      >
        {props.actions}
      </TableBar>
      {props.partial === undefined || props.partial === null ? null : (
        <p role="status" className="caption mb-1.5">
          {props.partial}
        </p>
      )}
      {props.problem !== undefined ? (
        props.problem
      ) : rows === undefined ? (
        <div className="space-y-3 py-3">
          {skeletonRows.map((row) => (
            <Skeleton key={row} className="h-5 w-full" />
          ))}
        </div>
      ) : rows.length === 0 && !isNarrowed ? (
        <EmptyState title={props.empty.title}>{props.empty.children}</EmptyState>
      ) : sorted.length === 0 ? (
        <EmptyState title={wanted === "" ? "No rows match the filters." : `No names match “${search.trim()}”.`}>
          {state.filters.length === 0 ? undefined : (
            <button type="button" className="text-accent underline" onClick={() => state.setFilters([])}>
              Remove the filters
            </button>
          )}
        </EmptyState>
      ) : (
        <Rows
          {...props}
          headingId={headingId}
          visible={visible}
          sorted={sorted}
          state={state}
          hold={hold}
          release={release}
        />
      )}
    </div>
  );
}

/** The rows in the chosen order, or in the one they had when the pointer or the focus entered the table. */
function useHeldRows<Row extends object>(matching: readonly Row[], props: Props<Row>, { sort }: TableState) {
  const { columns, keyOf, remote } = props;
  const [held, setHeld] = useState<readonly string[] | null>(null);
  const definitions = useMemo(() => {
    const helper = createColumnHelper<typeof features, Row>();
    return columns.map(({ id, value }) =>
      helper.accessor((row): unknown => value(row) ?? undefined, { id, sortFn: "basic", sortUndefined: "last" }),
    );
  }, [columns]);
  const table = useTable({
    features,
    columns: definitions,
    data: matching,
    getRowId: keyOf,
    state: { sorting: remote === undefined ? [sort] : [] },
    enableMultiSort: false,
    enableSortingRemoval: false,
  });
  const ordered = table.getRowModel().rows;
  const keys = ordered.map(({ id }) => id);
  const byKey = new Map(ordered.map(({ id, original }) => [id, original]));
  const shown = held === null ? keys : holdOrder(held, keys);
  return {
    sorted: shown.flatMap((key) => byKey.get(key) ?? []),
    hold: () => setHeld((now) => now ?? keys),
    release: () => setHeld(null),
  };
}

type RowsProps<Row> = Props<Row> & {
  headingId: string;
  visible: readonly Column<Row>[];
  sorted: readonly Row[];
  state: TableState;
  hold: () => void;
  release: () => void;
};

const actionWidthPx = 36;

function Rows<Row extends object>(props: RowsProps<Row>) {
  const { headingId, visible, sorted, state, keyOf, renderAction, remote, hold, release, rowHeight = 33 } = props;
  const scroller = useRef<HTMLDivElement>(null);
  const { start, end } = useRowWindow(scroller, rowHeight, sorted.length);
  const onEnd = remote?.onEnd ?? null;
  const isAtEnd = end >= sorted.length;
  useEffect(() => {
    if (isAtEnd) onEnd?.();
  }, [isAtEnd, onEnd]);
  const widthOf = (shown: readonly Column<Row>[]): number =>
    shown.reduce((sum, { width }) => sum + width, renderAction === undefined ? 0 : actionWidthPx);
  // Custom properties are not standard style keys, so the object is cast.
  const widths = {
    "--wide": `${widthOf(visible)}px`,
    "--narrow": `${widthOf(visible.filter(({ isWideOnly }) => isWideOnly !== true))}px`,
  } as CSSProperties;
  const spacer = (rows: number) => (rows === 0 ? null : <tr aria-hidden style={{ height: rows * rowHeight }} />);

  return (
    // Scrolls when wider or longer than its place, and is focusable for that.
    <div
      ref={scroller}
      role="region"
      aria-labelledby={headingId}
      tabIndex={0}
      className="relative -mx-4 max-h-[min(75vh,52rem)] overflow-auto px-4 sm:mx-0 sm:px-0"
      onKeyDown={moveByArrow}
    >
      <table
        className="w-full min-w-(--narrow) table-fixed text-[13px] md:min-w-(--wide)"
        style={widths}
        aria-rowcount={(remote?.matching ?? sorted.length) + 1}
        onPointerMove={hold}
        onPointerLeave={release}
        onFocus={hold}
        onBlur={release}
      >
        <caption className="sr-only">{props.title}</caption>
        <TableHead {...props} />
        <tbody>
          {spacer(start)}
          {sorted.slice(start, end).map((row, offset) => (
            <TableRow
              key={keyOf(row)}
              row={row}
              rowKey={keyOf(row)}
              index={start + offset}
              columns={visible}
              onOpen={props.onOpen}
              isDimmed={props.isDimmed?.(row) ?? false}
              action={renderAction?.(row)}
              onNumber={(id, value) => state.setFilters(toggleFilter(state.filters, id, value))}
            />
          ))}
          {spacer(sorted.length - end)}
        </tbody>
      </table>
    </div>
  );
}

const hiddenBelow = <Row,>({ isWideOnly }: Column<Row>): string => (isWideOnly === true ? "max-md:hidden" : "");

function TableHead<Row extends object>({ visible, state, renderAction, release }: RowsProps<Row>) {
  const { sort } = state;
  return (
    <thead>
      <tr className="caption">
        {visible.map((column, index) => {
          const isSorted = sort.id === column.id;
          const Arrow = sort.desc ? ArrowDown : ArrowUp;
          const alignment = alignmentOf(column, index) === "right" ? "text-right" : "text-left";
          return (
            <th
              key={column.id}
              scope="col"
              style={index === 0 ? {} : { width: column.width }}
              aria-sort={isSorted ? (sort.desc ? "descending" : "ascending") : "none"}
              className={`sticky top-0 h-7 bg-ground pr-3 font-normal last:pr-0 ${alignment} ${index === 0 ? "left-0 z-20" : "z-10"} ${hiddenBelow(column)}`}
            >
              <button
                type="button"
                title={column.title}
                className={`inline-flex h-6 items-center gap-1 whitespace-nowrap hover:text-ink ${isSorted ? "text-ink" : ""}`}
                onClick={() => {
                  // The largest numbers first, words from A.
                  state.setSort({ id: column.id, desc: isSorted ? !sort.desc : alignment === "text-right" });
                  release();
                }}
              >
                {isSorted ? <Arrow aria-hidden size={11} /> : null}
                <span>{column.label}</span>
              </button>
            </th>
          );
        })}
        {renderAction === undefined ? null : (
          <td className="sticky top-0 z-10 w-9 bg-ground">
            <span className="sr-only">Actions</span>
          </td>
        )}
      </tr>
    </thead>
  );
}

type RowProps<Row> = {
  row: Row;
  rowKey: string;
  index: number;
  columns: readonly Column<Row>[];
  onOpen: ((row: Row) => void) | undefined;
  isDimmed: boolean;
  action: ReactNode;
  onNumber: (id: string, value: number) => void;
};

function TableRow<Row>({ row, rowKey, index, columns, onOpen, isDimmed, action, onNumber }: RowProps<Row>) {
  const [first, ...rest] = columns;
  const name = first?.cell?.(row) ?? first?.value(row);
  return (
    <tr
      data-row={rowKey}
      aria-rowindex={index + 2}
      className={`group border-t border-line hover:bg-sunken ${isDimmed ? "text-muted" : ""} ${onOpen === undefined ? "" : "cursor-pointer"}`}
      onClick={() => onOpen?.(row)}
    >
      <th scope="row" className="sticky left-0 z-[1] bg-ground pr-3 text-left font-normal group-hover:bg-sunken">
        <button
          type="button"
          data-row-button
          // One row of a table is a tab stop; the arrow keys, j and k lead to the others.
          tabIndex={index === 0 ? 0 : -1}
          className="block h-8 w-full truncate text-left font-mono text-[12.5px] hover:text-accent focus-visible:-outline-offset-2"
          title={rowKey}
        >
          {name}
        </button>
      </th>
      {rest.map((column, at) => {
        const value = column.value(row);
        const alignment = alignmentOf(column, at + 1) === "right" ? "text-right" : "text-left";
        const content =
          column.cell?.(row) ?? (column.format === undefined ? value : <Reading of={readingOf(column, row)} />);
        return (
          <td
            key={column.id}
            data-column={column.id}
            className={`h-8 truncate pr-3 tabular-nums last:pr-0 ${alignment} ${hiddenBelow(column)}`}
          >
            {column.format !== undefined && typeof value === "number" ? (
              <button
                type="button"
                tabIndex={-1}
                title={`Filter by ${column.label}`}
                className="max-w-full decoration-line-strong underline-offset-4 hover:text-accent hover:underline focus-visible:-outline-offset-2"
                onClick={(event) => {
                  // The click is for the number, not for the row.
                  event.stopPropagation();
                  onNumber(column.id, value);
                }}
              >
                {content}
              </button>
            ) : (
              content
            )}
          </td>
        );
      })}
      {action === undefined ? null : <td className="pl-2 text-right align-middle">{action}</td>}
    </tr>
  );
}
