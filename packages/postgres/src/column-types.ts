import { customType } from "drizzle-orm/pg-core";

/** A point with any number of coordinates (extension `cube`), in Postgres' own notation. */
export const cube = customType<{ data: string }>({ dataType: () => "cube" });

/** Text compared by its bytes (in UTF-8: by code point), whatever the locale of the database. */
export const textInByteOrder = customType<{ data: string }>({ dataType: () => `text COLLATE "C"` });

/** Bytes. postgres.js reads and writes them as Buffers. */
export const bytea = customType<{ data: Buffer }>({ dataType: () => "bytea" });
