import type { ReactNode } from "react";
import { noReading, type Reading } from "../format/numbers";

/** One column of a table. */
export type Column<Row> = {
  /** Letters and digits: it stands in the URL. */
  id: string;
  label: string;
  /** The meaning, shown on hover. */
  title: string;
  /** Width in pixels, independent of the values; the first column takes what is left, and at least this much. */
  width: number;
  /** What is sorted, filtered and copied. Null sorts last. */
  value: (row: Row) => number | string | null;
  /** A number with its unit. A column that has it is a filter: a click on a number narrows the table. */
  format?: (value: number) => Reading;
  /** What is shown, if not the value itself. */
  cell?: (row: Row) => ReactNode;
  /** Numbers are aligned right, words left. */
  align?: "left" | "right";
  /** Not shown until chosen. */
  isOptional?: boolean;
  /** Not shown below 768 px: the sheet of the row has it. */
  isWideOnly?: boolean;
};

/** Numbers and drawings are aligned right, words and names left. */
export const alignmentOf = <Row>(column: Column<Row>, index: number): "left" | "right" =>
  column.align ?? (index > 0 && (column.format !== undefined || column.cell !== undefined) ? "right" : "left");

/** The reading of a row in a numeric column. */
export function readingOf<Row>({ value, format }: Column<Row>, row: Row): Reading {
  const found = value(row);
  return typeof found === "number" && format !== undefined ? format(found) : noReading;
}

/** A bound on a numeric column. */
export type TableFilter = { id: string; op: "atLeast" | "atMost"; value: number };

/** The rows that are inside all bounds; a row without a value is not. Bounds of unknown columns are ignored. */
export function filterRows<Row>(
  rows: readonly Row[],
  columns: readonly Column<Row>[],
  filters: readonly TableFilter[],
): readonly Row[] {
  const bounds = filters.flatMap((filter) => {
    const column = columns.find(({ id }) => id === filter.id);
    return column === undefined ? [] : [{ ...filter, column }];
  });
  if (bounds.length === 0) return rows;
  return rows.filter((row) =>
    bounds.every(({ column, op, value }) => {
      const found = column.value(row);
      if (typeof found !== "number") return false;
      return op === "atLeast" ? found >= value : found <= value;
    }),
  );
}

/** A click on a number: a new bound, the other direction of the same bound, or none after that. */
export function toggleFilter(filters: readonly TableFilter[], id: string, value: number): TableFilter[] {
  const before = filters.find((filter) => filter.id === id);
  const rest = filters.filter((filter) => filter.id !== id);
  if (before === undefined || before.value !== value) return [...rest, { id, op: "atLeast", value }];
  return before.op === "atLeast" ? [...rest, { id, op: "atMost", value }] : rest;
}

/**
 * Keeps the order of `keys` stable while the pointer or the focus is in the table: known rows stay in place, new ones
 * come last, removed ones are dropped.
 */
export function holdOrder(held: readonly string[], keys: readonly string[]): string[] {
  const present = new Set(keys);
  const before = new Set(held);
  return [...held.filter((key) => present.has(key)), ...keys.filter((key) => !before.has(key))];
}
