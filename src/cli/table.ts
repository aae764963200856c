import { printableInLine } from "@/server/log/printable";

/** A column: its heading, and whether it holds numbers, which are right-aligned. */
export type Column = { heading: string; isNumber?: boolean };

/** Formats rows under their headings. A cell stays on its line, whatever characters a key contains. */
export function table(columns: readonly Column[], rows: readonly (readonly (string | number)[])[]): string {
  const cells = [
    columns.map(({ heading }) => heading),
    ...rows.map((row) => row.map((cell) => printableInLine(String(cell)))),
  ];
  const widths = columns.map((_column, index) => Math.max(...cells.map((row) => row[index]?.length ?? 0)));
  const line = (row: readonly string[]): string =>
    row
      .map((cell, index) => {
        const width = widths[index] ?? 0;
        return columns[index]?.isNumber === true ? cell.padStart(width) : cell.padEnd(width);
      })
      .join("  ")
      .trimEnd();
  return cells.map(line).join("\n");
}

export function duration(ms: number): string {
  if (ms < 0) return "-";
  if (ms < 1000) return `${Math.round(ms)} ms`;
  const seconds = Math.round(ms / 1000);
  if (seconds < 120) return `${seconds} s`;
  const minutes = Math.round(seconds / 60);
  return minutes < 120 ? `${minutes} min` : `${(minutes / 60).toFixed(1)} h`;
}

export function bytes(count: number): string {
  if (count < 1024) return `${Math.round(count)} B`;
  return count < 1024 ** 2 ? `${(count / 1024).toFixed(1)} KB` : `${(count / 1024 ** 2).toFixed(1)} MB`;
}
