import { Column, type DriverValueDecoder, is, SQL } from "drizzle-orm";
import type { SelectedFieldsOrdered } from "drizzle-orm/pg-core";
import type { Rows } from "./statement";

type Field = SelectedFieldsOrdered[number]["field"];
type Decoder = DriverValueDecoder<unknown, unknown>;

function decoderOf(field: Field): Decoder {
  if (is(field, Column)) return field;
  const expression = is(field, SQL) ? field : is(field, SQL.Aliased) ? field.sql : field._.sql;
  // Drizzle keeps it out of its type declarations; `mapWith` sets it.
  return (expression as unknown as { decoder: Decoder }).decoder;
}

/**
 * Makes objects of rows that came as arrays, as Drizzle does for the same fields, with everything that is the same for
 * each row worked out beforehand. Null when the fields are nested, as those of joins are.
 */
export function createRowReader(fields: SelectedFieldsOrdered): ((rows: Rows) => Record<string, unknown>[]) | null {
  const columns: { key: string; decoder: Decoder }[] = [];
  for (const { path, field } of fields) {
    const [key] = path;
    if (key === undefined || path.length > 1) return null;
    columns.push({ key, decoder: decoderOf(field) });
  }

  const toRecord = (row: Rows[number]): Record<string, unknown> => {
    // Asked for as arrays.
    const values = row as unknown as readonly unknown[];
    const record: Record<string, unknown> = {};
    let index = 0;
    for (const { key, decoder } of columns) {
      const value = values[index];
      record[key] = value === null ? null : decoder.mapFromDriverValue(value);
      index += 1;
    }
    return record;
  };
  return (rows) => {
    const records: Record<string, unknown>[] = [];
    for (const row of rows) records.push(toRecord(row));
    return records;
  };
}
