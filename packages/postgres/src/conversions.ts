import type { ParsedOptions } from "postgres";
import { formatArray, parseArray } from "./array-text";

type Conversions = Pick<ParsedOptions, "parsers" | "serializers">;

const asItIs = (value: unknown): unknown => value;

/** date, time, timestamp and timestamptz, with their arrays, and numeric[]. */
const dateTypes = [1082, 1083, 1114, 1115, 1182, 1184, 1185, 1231];
const jsonTypes = [114, 3802];
/** text[], varchar[], char[], name[], uuid[], int8[]. */
const textArrayTypes = [1009, 1015, 1014, 1003, 2951, 1016];
/** int2[], int4[], float4[], float8[], oid[]. */
const numberArrayTypes = [1005, 1007, 1021, 1022, 1028];
const booleanArrayType = 1000;

/**
 * What Drizzle's column types expect of the driver: dates travel as Postgres' strings, JSON is encoded already. Arrays
 * of the usual types are read here as well, instead of by what postgres.js would ask each new connection: when a
 * connection is lost during that question, the rejection reaches nobody and ends the process.
 */
export function useDrizzleConversions({ parsers, serializers }: Conversions): void {
  for (const type of dateTypes) {
    parsers[type] = asItIs;
    serializers[type] = asItIs;
  }
  for (const type of jsonTypes) serializers[type] = asItIs;

  const arrays = (types: readonly number[], parse: (element: string) => unknown): void => {
    for (const type of types) parsers[type] = (text: string) => parseArray(text, parse);
  };
  arrays(textArrayTypes, asItIs);
  arrays(numberArrayTypes, Number);
  arrays([booleanArrayType], (element) => element === "t");
}

/** Arrays as text: the driver would take their type for that of their first element. */
export function toDriverValue(value: unknown): unknown {
  return Array.isArray(value) ? formatArray(value) : value;
}
