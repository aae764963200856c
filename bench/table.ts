export type Row = readonly string[];

/** Text in columns, for terminals and Markdown: the first two columns left-aligned, numbers right-aligned. */
export function formatTable(head: Row, rows: readonly Row[], leftColumns = 2): string {
  const all = [head, ...rows];
  const widths = head.map((_name, column) => Math.max(3, ...all.map((row) => (row[column] ?? "").length)));
  const line = (row: Row): string => {
    const cells = widths.map((width, column) => {
      const text = row[column] ?? "";
      return column < leftColumns ? text.padEnd(width) : text.padStart(width);
    });
    return `| ${cells.join(" | ")} |`;
  };
  const rule = widths.map((width, column) => (column < leftColumns ? "-".repeat(width) : `${"-".repeat(width - 1)}:`));
  return [line(head), `| ${rule.join(" | ")} |`, ...rows.map(line)].join("\n");
}
