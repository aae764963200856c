/** How a field of a new feature is stored, checked and shown. */
export const fieldTypes = {
  text: { column: "text", schema: "typedText(200)", type: "string", isOrderable: true },
  integer: {
    column: "integer",
    schema: "z.int().min(-2_147_483_648).max(2_147_483_647)",
    type: "number",
    isOrderable: true,
  },
  number: { column: "doublePrecision", schema: "z.number()", type: "number", isOrderable: false },
  boolean: { column: "boolean", schema: "z.boolean()", type: "boolean", isOrderable: false },
  date: { column: "date", schema: "z.iso.date()", type: "string", isOrderable: true },
  timestamp: { column: "timestamp", schema: "z.iso.datetime({ offset: true })", type: "string", isOrderable: true },
} as const;

/**
 * Types that only adopted tables have. `choice` is an enum, `written` any value as Postgres writes it, `list` an array.
 * `number` is null there for NaN and the infinities.
 */
export type AdoptedType = "smallint" | "bigint" | "uuid" | "choice" | "json" | "list" | "localTimestamp" | "written";
export type FieldType = keyof typeof fieldTypes | AdoptedType;

/** What an adopted field is in its table. */
export type StoredColumn = {
  name: string;
  /** As the table declares it: `character varying(20)`. */
  type: string;
  /** Without domains, as casts and copies of the table take it. */
  base: string;
  maxLength: number | null;
  /** Of a `choice`. */
  labels: readonly string[];
  /** Of a `list`: what its elements are in JSON. */
  element: "string" | "number" | "boolean";
};

export type Field = { name: string; type: FieldType; isOptional: boolean; column?: StoredColumn };

/** The most that an input takes of a text without a length of its own. */
export const maxKeyLength = 500;

/** The zod schema of an input for this field. */
export function inputSchemaOf({ type, column }: Field): string {
  switch (type) {
    case "text":
      return column === undefined
        ? fieldTypes.text.schema
        : `storedText(${Math.min(column.maxLength ?? maxKeyLength, maxKeyLength)})`;
    case "smallint":
      return "z.int().min(-32_768).max(32_767)";
    case "bigint":
      return "bigintText";
    case "uuid":
      return "z.guid().toLowerCase()";
    case "choice":
      return `z.enum([${(column?.labels ?? []).map((label) => JSON.stringify(label)).join(", ")}])`;
    case "localTimestamp":
      return "z.iso.datetime({ local: true })";
    case "json":
    case "list":
    case "written":
      throw new TypeError(`No input takes a field of type ${type}.`);
    case "integer":
    case "number":
    case "boolean":
    case "date":
    case "timestamp":
      return fieldTypes[type].schema;
  }
}

/** The TypeScript type of the field's values, without null. */
export function valueTypeOf({ type, column }: Field): string {
  switch (type) {
    case "smallint":
      return "number";
    case "number":
      return column === undefined ? "number" : "number | null";
    case "choice":
      return (column?.labels ?? []).map((label) => JSON.stringify(label)).join(" | ");
    case "json":
      return "unknown";
    case "list":
      return `(${column?.element ?? "string"} | null)[]`;
    case "bigint":
    case "uuid":
    case "localTimestamp":
    case "written":
      return "string";
    case "text":
    case "integer":
    case "boolean":
    case "date":
    case "timestamp":
      return fieldTypes[type].type;
  }
}

/** The field in the type of a row. A JSON value can itself be null, and in a client's types a field that can be undefined is optional. */
export function rowPropertyOf(field: Field): string {
  if (field.type === "json") return `${field.name}?: unknown`;
  const type = valueTypeOf(field);
  return `${field.name}: ${type}${field.isOptional && !type.endsWith("| null") ? " | null" : ""}`;
}

/** How a cursor carries a value of the field; undefined where it carries none. */
export function orderTypeOf({ type }: Field): string | undefined {
  if (type === "localTimestamp") return "timestamp";
  const carried = ["text", "integer", "smallint", "bigint", "uuid", "date", "timestamp"];
  return carried.includes(type) ? type : undefined;
}

export const isNumeric = ({ type }: Field): boolean => ["integer", "number", "smallint"].includes(type);
