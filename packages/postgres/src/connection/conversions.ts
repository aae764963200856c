import type { ParsedOptions } from "postgres";

type Conversions = Pick<ParsedOptions, "parsers" | "serializers">;

const identity = (value: unknown): unknown => value;

/** date, time, timestamp and timestamptz, with their arrays, and numeric[]. */
const dateTypes = [1082, 1083, 1114, 1115, 1182, 1184, 1185, 1231];
const jsonTypes = [114, 3802];
/** text[], varchar[], char[], name[], uuid[], int8[]. */
const textArrayTypes = [1009, 1015, 1014, 1003, 2951, 1016];
/** int2[], int4[], float4[], float8[], oid[]. */
const numberArrayTypes = [1005, 1007, 1021, 1022, 1028];
const booleanArrayType = 1000;
const bytesType = 17;

/**
 * What Drizzle's column types expect of the driver: dates stay Postgres' strings, and JSON is encoded already. Arrays of
 * the usual types are parsed here as well, in place of the types that postgres.js would fetch on each new connection:
 * when a connection is lost during that query, its rejection is unhandled and ends the process.
 */
export function useDrizzleConversions({ parsers, serializers }: Conversions): void {
  for (const type of dateTypes) {
    parsers[type] = identity;
    serializers[type] = identity;
  }
  for (const type of jsonTypes) serializers[type] = identity;

  const arrays = (types: readonly number[], parse: (element: string) => unknown): void => {
    for (const type of types) parsers[type] = (text: string) => parseArray(text, parse);
  };
  arrays(textArrayTypes, identity);
  arrays(numberArrayTypes, Number);
  arrays([booleanArrayType], (element) => element === "t");
  parsers[bytesType] = parseBytes;
}

/** In both formats of `bytea_output`: in a shared session another client may have set it. */
function parseBytes(text: string): Buffer {
  if (text.startsWith("\\x")) return Buffer.from(text.slice(2), "hex");
  const bytes = text.replaceAll(/\\(\\|\d{3})/g, (_all, code: string) =>
    code === "\\" ? code : String.fromCharCode(Number.parseInt(code, 8)),
  );
  return Buffer.from(bytes, "latin1");
}

/** Arrays become text: the driver would take their type for that of their first element. */
export function toDriverValue(value: unknown): unknown {
  return Array.isArray(value) ? formatArray(value) : value;
}

/** A Postgres array: elements, `null` for NULL, arrays within arrays. */
export type PgArray<Element> = (Element | null | PgArray<Element>)[];

const special = /[{}",\\\s]/;

/** Strings and numbers as they are, dates by ISO 8601, everything else as JSON. */
function textOf(value: unknown): string {
  if (typeof value === "string") return value;
  if (typeof value === "number" || typeof value === "bigint") return value.toString();
  return value instanceof Date ? value.toISOString() : JSON.stringify(value);
}

function formatElement(value: unknown): string {
  if (value === null || value === undefined) return "NULL";
  if (Array.isArray(value)) return formatArray(value);
  const text = textOf(value);
  const isPlain = text !== "" && text.toUpperCase() !== "NULL" && !special.test(text);
  return isPlain ? text : `"${text.replaceAll(/["\\]/g, String.raw`\$&`)}"`;
}

/** Writes an array as Postgres reads it (https://www.postgresql.org/docs/current/arrays.html#ARRAYS-IO). */
export function formatArray(values: readonly unknown[]): string {
  return `{${values.map(formatElement).join(",")}}`;
}

/** Reads the text of a Postgres array; `parse` makes each element. */
export function parseArray<Element>(text: string, parse: (element: string) => Element): PgArray<Element> {
  // A prefix such as `[0:1]=` gives bounds that differ from the default.
  let at = text.indexOf("{");

  function quoted(): Element {
    let element = "";
    for (at += 1; text[at] !== '"'; at += 1) {
      if (text[at] === "\\") at += 1;
      element += text[at] ?? "";
    }
    at += 1;
    return parse(element);
  }

  function plain(): Element | null {
    const begin = at;
    while (at < text.length && text[at] !== "," && text[at] !== "}") at += 1;
    const element = text.slice(begin, at);
    return element === "NULL" ? null : parse(element);
  }

  function list(): PgArray<Element> {
    const elements: PgArray<Element> = [];
    at += 1;
    while (at < text.length && text[at] !== "}") {
      if (text[at] === ",") at += 1;
      if (text[at] === "{") elements.push(list());
      else if (text[at] === '"') elements.push(quoted());
      else elements.push(plain());
    }
    at += 1;
    return elements;
  }

  return list();
}
