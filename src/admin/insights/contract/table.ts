import { z } from "@/server/rpc/zod";

/** The columns of a row that hold a number, or none for want of samples. */
type NumberColumn<Row> = { [Key in keyof Row & string]: Row[Key] extends number | null ? Key : never }[keyof Row &
  string];

/** The columns of these rows that can be sorted and filtered by; the compiler sees that they hold numbers. */
export const columnsOfRow =
  <Row>() =>
  <const Names extends readonly [NumberColumn<Row>, ...NumberColumn<Row>[]]>(...names: Names): Names =>
    names;

export const mostRows = 200;

/** What every table of rows may be asked: in which order, which rows, which page of them. */
export function tableInput<const Names extends readonly [string, ...string[]]>(columns: Names, first: Names[number]) {
  type By = Names[number] | "name";
  const error = `Rows are sorted by name or one of ${columns.join(", ")}.`;
  const by: z.ZodType<By, By> = z.enum([...columns, "name"], { error });
  return {
    sort: z.strictObject({ by, descending: z.boolean().default(true) }).default({ by: first, descending: true }),
    /** Only rows that reach these; those without a figure do not. */
    atLeast: z.partialRecord(z.enum(columns), z.number().min(0).max(1e15)).default({}),
    /** Only rows whose name holds it, in capital letters or not. */
    search: z.string().trim().max(100).default(""),
    offset: z.int().min(0).max(10_000).default(0),
    limit: z.int().min(1).max(mostRows).default(50),
  };
}
export type TableQuestion = {
  sort: { by: string; descending: boolean };
  atLeast: Readonly<Record<string, number | undefined>>;
  search: string;
  offset: number;
  limit: number;
};

/** A page of rows, of those that match, of all that there are. */
export type TablePage<Row> = {
  rows: Row[];
  /** All rows that match, on whatever page. */
  matching: number;
  total: number;
  /** Messages that were counted under the row "(other)", because there were more series than have a row of their own. */
  capped: number;
};
