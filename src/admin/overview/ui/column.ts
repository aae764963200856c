import type { ReactNode } from "react";

/** One column of a table of figures. */
export type Column<Row> = {
  id: string;
  label: string;
  /** What the figure means, for those who wonder. */
  title: string;
  /** CSS width, kept whatever the figures are. */
  width: string;
  /** What the column sorts by; null sorts last. */
  value: (row: Row) => number | string | null;
  cell: (row: Row) => ReactNode;
};
