import { customType } from "drizzle-orm/pg-core";
import { parseArray } from "./connection/conversions";

/** A point with any number of coordinates (extension `cube`), in Postgres' own notation. */
export const cube = customType<{ data: string }>({ dataType: () => "cube" });

/** Text compared by its bytes (in UTF-8: by code point), whatever the locale of the database. */
export const textInByteOrder = customType<{ data: string }>({ dataType: () => `text COLLATE "C"` });

/** Bytes. postgres.js reads and writes them as Buffers. */
export const bytea = customType<{ data: Buffer }>({ dataType: () => "bytea" });

/** A type that the driver leaves as Postgres writes it: `bigint`, `numeric`, `interval`, an enum. */
export const writtenAs = <Data extends string = string>(type: string) =>
  customType<{ data: Data }>({ dataType: () => type });

const finiteOrNull = (value: number): number | null => (Number.isFinite(value) ? value : null);

/** `real` and `double precision`, whose NaN and infinities are null, because JSON has none. */
export const finite = (type: string) =>
  customType<{ data: number | null; driverData: number }>({ dataType: () => type, fromDriver: finiteOrNull });

/** `json` and `jsonb`. Unlike Drizzle's own types they return a JSON string as it is, also one that looks like JSON. */
export const jsonIn = (type: string) => customType<{ data: unknown }>({ dataType: () => type });

type ListElement = { string: string; number: number; boolean: boolean };

const readElement: { readonly [Kind in keyof ListElement]: (text: string) => ListElement[Kind] } = {
  string: (text) => text,
  number: Number,
  boolean: (text) => text === "t",
};

/**
 * An array: of texts as Postgres writes them, of numbers or of booleans. Arrays of several dimensions are flattened: they
 * have the same type in Postgres as those of one.
 */
export const listIn = <Kind extends keyof ListElement>(type: string, element: Kind) =>
  customType<{ data: (ListElement[Kind] | null)[]; driverData: unknown }>({
    dataType: () => type,
    fromDriver: (value) => {
      // The driver has parsed the arrays of usual types.
      const list = typeof value === "string" ? parseArray(value, readElement[element]) : value;
      const flat: unknown[] = Array.isArray(list) ? list.flat(Infinity) : [];
      // Elements are of this kind: the type of the column says which.
      return flat.map((one) => (typeof one === "number" ? finiteOrNull(one) : one)) as (ListElement[Kind] | null)[];
    },
  });
