"use client";

import { Columns3, Copy, X } from "lucide-react";
import { type ReactNode, useState } from "react";
import { Menu, menuItemLook } from "../controls/menu";
import { formatCount, readAloud } from "../format/numbers";
import type { Column, TableFilter } from "./columns";
import { toCsv, toMarkdown } from "./copy-text";
import type { TableState } from "./table-state";

const iconButton =
  "grid size-7 shrink-0 place-items-center rounded text-muted hover:bg-sunken hover:text-ink focus-visible:text-ink";

function CopyMenu<Row>({ columns, rows }: { columns: readonly Column<Row>[]; rows: readonly Row[] }) {
  const [said, setSaid] = useState("");
  const copy = async (text: string, kind: string): Promise<void> => {
    try {
      await navigator.clipboard.writeText(text);
      setSaid(`Copied ${formatCount(rows.length)} rows as ${kind}.`);
    } catch {
      // Without TLS or permission a page may not write to the clipboard.
      setSaid("The browser blocked the clipboard.");
    }
  };
  return (
    <>
      <span role="status" className="caption">
        {said}
      </span>
      <Menu label="Copy the table" triggerClassName={iconButton} trigger={<Copy aria-hidden size={14} />}>
        <button
          type="button"
          data-closes
          className={menuItemLook}
          onClick={() => void copy(toCsv({ columns, rows }), "CSV")}
        >
          Copy as CSV
        </button>
        <button
          type="button"
          data-closes
          className={menuItemLook}
          onClick={() => void copy(toMarkdown({ columns, rows }), "Markdown")}
        >
          Copy as Markdown
        </button>
      </Menu>
    </>
  );
}

type ChoiceProps<Row> = { columns: readonly Column<Row>[]; state: TableState };

/** The first column cannot be hidden: it names the row. */
function ColumnMenu<Row>({ columns, state }: ChoiceProps<Row>) {
  return (
    <Menu label="Choose columns" triggerClassName={iconButton} trigger={<Columns3 aria-hidden size={14} />}>
      <div className="max-h-80 overflow-auto">
        {columns.slice(1).map((column) => (
          <label key={column.id} className={`${menuItemLook} cursor-pointer`} title={column.title}>
            <input
              type="checkbox"
              className="size-4 accent-accent"
              checked={isVisible(column, state.switched)}
              onChange={() =>
                state.setSwitched(
                  state.switched.includes(column.id)
                    ? state.switched.filter((id) => id !== column.id)
                    : [...state.switched, column.id],
                )
              }
            />
            <span>{column.label}</span>
          </label>
        ))}
      </div>
    </Menu>
  );
}

/** Whether a column is shown, with its default switched or not. */
export const isVisible = <Row,>({ id, isOptional = false }: Column<Row>, switched: readonly string[]): boolean =>
  switched.includes(id) === isOptional;

type FilterProps<Row> = { columns: readonly Column<Row>[]; filters: readonly TableFilter[]; state: TableState };

/** The bounds as chips: a click turns one around, the cross removes it. */
function FilterChips<Row>({ columns, filters, state }: FilterProps<Row>) {
  if (filters.length === 0) return null;
  const without = (gone: TableFilter): TableFilter[] => state.filters.filter((filter) => filter !== gone);
  return (
    <ul aria-label="Filters" className="mb-1.5 flex flex-wrap gap-1.5">
      {filters.map((filter) => {
        const column = columns.find(({ id }) => id === filter.id);
        const words = `${column?.label ?? filter.id} ${filter.op === "atLeast" ? "≥" : "≤"} ${
          column?.format === undefined ? filter.value : readAloud(column.format(filter.value))
        }`;
        const other = filter.op === "atLeast" ? ("atMost" as const) : ("atLeast" as const);
        return (
          <li key={filter.id} className="flex h-6 items-center rounded border border-accent bg-accent-soft text-[13px]">
            <button
              type="button"
              className="px-2 tabular-nums hover:text-accent"
              title={`Turn around: at ${other === "atLeast" ? "least" : "most"}`}
              onClick={() => state.setFilters([...without(filter), { ...filter, op: other }])}
            >
              {words}
            </button>
            <button
              type="button"
              aria-label={`Remove the filter ${words}`}
              className="grid size-6 place-items-center text-muted hover:text-ink"
              onClick={() => state.setFilters(without(filter))}
            >
              <X aria-hidden size={12} />
            </button>
          </li>
        );
      })}
    </ul>
  );
}

type Props<Row> = {
  title: string;
  headingId: string;
  headingAs: "h2" | "h3";
  /** `3 of 12`; empty while nothing narrows the table. */
  count: string;
  columns: readonly Column<Row>[];
  visible: readonly Column<Row>[];
  /** In the order shown. */
  rows: readonly Row[];
  state: TableState;
  children?: ReactNode;
};

/** The heading of a table: title, count, controls and filters. */
export function TableBar<Row>(props: Props<Row>) {
  const { title, headingAs: Heading, headingId, count, columns, visible, rows, state, children } = props;
  return (
    <>
      <div className="mb-1 flex min-h-7 items-center gap-1">
        <Heading id={headingId} className="font-semibold">
          <span>{`${title} `}</span>
          <span className="caption ml-1 font-normal tabular-nums">{count}</span>
        </Heading>
        <span className="ml-auto flex items-center gap-1">
          {children}
          <CopyMenu columns={visible} rows={rows} />
          {columns.length > 3 ? <ColumnMenu columns={columns} state={state} /> : null}
        </span>
      </div>
      <FilterChips columns={columns} filters={state.filters} state={state} />
    </>
  );
}
