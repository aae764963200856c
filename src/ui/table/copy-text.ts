import type { Column } from "./columns";

type Table<Row> = { columns: readonly Column<Row>[]; rows: readonly Row[] };

/**
 * Spreadsheets run a cell that begins with one of these, also in its full-width form: OWASP, "CSV Injection". An
 * apostrophe in front makes it text.
 */
const runs = /^[=+\-@\t\r\n＝＋－＠]/;

/** A number stays a number; text is quoted, and never run. */
function csvCell(value: number | string | null): string {
  if (value === null) return "";
  if (typeof value === "number") return String(value);
  const safe = runs.test(value) ? `'${value}` : value;
  return `"${safe.replaceAll('"', '""')}"`;
}

/** The table as CSV (RFC 4180): a header, then the raw values of the rows, without units. */
export function toCsv<Row>({ columns, rows }: Table<Row>): string {
  const head = columns.map(({ label }) => csvCell(label));
  const body = rows.map((row) => columns.map(({ value }) => csvCell(value(row))));
  return [head, ...body].map((cells) => `${cells.join(",")}\r\n`).join("");
}

const markdownCell = (text: string): string =>
  text
    .replaceAll(/[\\|`*_[\]~#]/g, String.raw`\$&`)
    .replaceAll("<", "&lt;")
    .replaceAll(/\s+/g, " ")
    .trim();

/** The table in Markdown, with units as they are shown. Nothing in a cell is formatted or ends it. */
export function toMarkdown<Row>({ columns, rows }: Table<Row>): string {
  const line = (cells: readonly string[]): string => `| ${cells.join(" | ")} |\n`;
  const textOf = ({ value, format }: Column<Row>, row: Row): string => {
    const found = value(row);
    if (found === null) return "–";
    if (typeof found === "string" || format === undefined) return String(found);
    const { value: digits, unit } = format(found);
    return unit === "" ? digits : `${digits} ${unit}`;
  };
  return [
    line(columns.map(({ label }) => markdownCell(label))),
    line(columns.map(({ format }) => (format === undefined ? "---" : "--:"))),
    ...rows.map((row) => line(columns.map((column) => markdownCell(textOf(column, row))))),
  ].join("");
}
