import type { TableColumn } from "@weir/postgres";
import { type AdoptedType, type Field, maxKeyLength, type StoredColumn } from "../generate/field-types";
import { reservedFields } from "../generate/feature-spec";

/** A column that becomes a field, or that is left out and why. `remark` says what a reader would not expect. */
export type MappedColumn = { field: Field; remark: string | null } | { field: null; reason: string };

type Mapped = { type: Field["type"]; remark?: string; element?: StoredColumn["element"] } | { reason: string };

/** The types of `pg_catalog` that are neither shown as Postgres writes them nor left out. */
const ofCatalog: Readonly<Record<string, Mapped>> = {
  int4: { type: "integer" },
  int2: { type: "smallint" },
  int8: { type: "bigint", remark: "a bigint is a string of digits, exact beyond 2^53" },
  bool: { type: "boolean" },
  text: { type: "text" },
  varchar: { type: "text" },
  float4: { type: "number", remark: "NaN and the infinities are null, because JSON has none" },
  float8: { type: "number", remark: "NaN and the infinities are null, because JSON has none" },
  date: { type: "date" },
  timestamptz: { type: "timestamp" },
  timestamp: { type: "localTimestamp", remark: "a timestamp without a time zone is shown as it is stored" },
  uuid: { type: "uuid" },
  json: { type: "json", remark: "numbers in JSON are exact to 2^53" },
  jsonb: { type: "json", remark: "numbers in JSON are exact to 2^53" },
  numeric: { type: "written", remark: "a numeric is a string, exact to its last digit" },
  bpchar: { type: "written", remark: "char(n) keeps the blanks at its end" },
  money: { type: "written", remark: "money is text as the database's lc_money writes it" },
  xml: { type: "written", remark: "XML is text" },
  bytea: { reason: "bytes do not belong in JSON; serve files from where they are stored" },
  tsvector: { reason: "a search index in a column, which no reader wants" },
  tsquery: { reason: "a search index in a column, which no reader wants" },
};

/** Types of extensions that are readable as text. */
const readable = new Set(["citext", "hstore", "ltree"]);

const secret =
  /(?:^|_)(?:password|passwd|passphrase|pwd|secret|token|salt|hash|api_?key|private_?key|ssn|cvv|card_?number|iban)(?:$|_)/;

const isNumberArray = (name: string): boolean => ["int2", "int4", "float4", "float8"].includes(name);

function mapType({ base, element, extension, labels, isDomain, type }: TableColumn): Mapped {
  if (element !== null) {
    if (["bytea", "tsvector"].includes(element.name))
      return { reason: "bytes and search indexes do not belong in JSON" };
    const catalog = element.schema === "pg_catalog";
    return {
      type: "list",
      element:
        catalog && isNumberArray(element.name) ? "number" : catalog && element.name === "bool" ? "boolean" : "string",
      remark: "an array is a JSON array, of one dimension, its elements text unless they are small numbers or booleans",
    };
  }
  if (extension !== null) {
    if (!readable.has(base.name))
      return { reason: `a type of the extension ${extension}, whose text may not be readable` };
    return { type: "written", remark: `${base.name} is text as Postgres writes it, and not looked up by` };
  }
  if (base.kind === "enum" && labels !== null && labels.length <= 100) {
    return {
      type: "choice",
      remark: `an enum is one of its ${labels.length} labels; generate again after ALTER TYPE … ADD VALUE`,
    };
  }
  const known = base.schema === "pg_catalog" ? ofCatalog[base.name] : undefined;
  const remarkOfDomain = isDomain ? { remark: `the domain ${type} is read as its ${base.name}` } : {};
  if (known !== undefined) return { ...known, ...remarkOfDomain };
  if (base.schema !== "pg_catalog" && base.kind === "base")
    return { reason: "a type that Postgres does not bring along" };
  return {
    type: "written",
    remark: `${base.kind === "composite" ? "a composite" : base.name} is text as Postgres writes it`,
  };
}

const quote = (name: string): string => `"${name.replaceAll('"', '""')}"`;

/** The type without its domain, whatever the search path is. */
function baseTypeOf({ type, base, element, isDomain }: TableColumn): string {
  if (element !== null && (element.schema !== "pg_catalog" || isDomain)) return "text[]";
  if (base.schema !== "pg_catalog") return base.kind === "enum" ? `${quote(base.schema)}.${quote(base.name)}` : "text";
  return isDomain ? base.name : type;
}

const letters: Readonly<Record<string, string>> = {
  ß: "ss",
  æ: "ae",
  ø: "o",
  đ: "d",
  ł: "l",
  þ: "th",
  œ: "oe",
  ı: "i",
};

/** The words of a name in ASCII: `OrderID` → `order`, `id`; `Größe` → `grosse`. */
export function asciiWords(name: string): string[] {
  const plain = name
    .replaceAll(/[ßæøđłþœı]/giu, (letter) => letters[letter.toLowerCase()] ?? "")
    .normalize("NFKD")
    .replaceAll(/\p{M}/gu, "");
  return (plain.match(/[A-Z]+(?![a-z])|[A-Z]?[a-z]+|\d+/g) ?? []).map((word) => word.toLowerCase());
}

function nameField(column: string, place: number, taken: ReadonlySet<string>): string {
  const [first, ...more] = asciiWords(column);
  const joined = [first ?? "", ...more.map((word) => word.slice(0, 1).toUpperCase() + word.slice(1))].join("");
  const begun = joined === "" ? `column${place}` : /^\d/.test(joined) ? `column${joined}` : joined;
  const isReserved = reservedFields.has(begun) && begun !== "id" && begun !== "version";
  const base = (isReserved ? `${begun}Value` : begun).slice(0, 40);
  for (let count = 1; ; count += 1) {
    const name = count === 1 ? base : `${base}${count}`;
    if (!taken.has(name)) return name;
  }
}

/**
 * The field of each column, by its name in the table. `wanted` names the columns to take, all others are left out; null
 * takes all but those that look like secrets.
 */
export function mapColumns(
  columns: readonly TableColumn[],
  wanted: ReadonlySet<string> | null,
): Map<string, MappedColumn> {
  const taken = new Set<string>();
  const mapped = new Map<string, MappedColumn>();
  for (const [index, column] of columns.entries()) {
    const found = mapType(column);
    const isSecret = secret.test(asciiWords(column.name).join("_"));
    if (!column.mayRead) mapped.set(column.name, { field: null, reason: "your role may not read it" });
    else if (controls.test(column.name))
      mapped.set(column.name, { field: null, reason: "its name has a control character" });
    else if (wanted?.has(column.name) === false)
      mapped.set(column.name, { field: null, reason: "not among --columns" });
    else if (isSecret && wanted === null) {
      mapped.set(column.name, { field: null, reason: "it looks like a secret; name it with --columns to take it" });
    } else if ("reason" in found) mapped.set(column.name, { field: null, reason: found.reason });
    else {
      const name = nameField(column.name, index + 1, taken);
      taken.add(name);
      mapped.set(column.name, { field: toField(name, column, found), remark: remarkOf(column, found.remark) });
    }
  }
  return mapped;
}

const remarkOf = ({ isGenerated }: TableColumn, remark: string | undefined): string | null =>
  [remark, isGenerated ? "generated by Postgres" : undefined].filter((part) => part !== undefined).join("; ") || null;

function toField(
  name: string,
  column: TableColumn,
  { type, element = "string" }: { type: Field["type"]; element?: StoredColumn["element"] },
): Field {
  return {
    name,
    type,
    isOptional: !column.isNotNull,
    column: {
      name: column.name,
      type: column.type,
      base: baseTypeOf(column),
      maxLength: column.base.length,
      labels: column.labels ?? [],
      element,
    },
  };
}

/** Names stand in comments of SQL, which a line break would end. */
export const controls = /\p{Cc}/u;

const inTags = new Set<Field["type"] | AdoptedType>([
  "text",
  "integer",
  "smallint",
  "bigint",
  "boolean",
  "uuid",
  "date",
  "choice",
]);

/** Whether equal values have one text, in Postgres and in inputs: such a column can be a filter. */
export const hasOneText = ({ type }: Field, { isDeterministic }: TableColumn): boolean =>
  inTags.has(type) && isDeterministic;

/** Whether a text may be too long to be asked for by. */
export const mayBeTooLong = ({ type, column }: Field): boolean =>
  type === "text" && (column?.maxLength ?? Number.POSITIVE_INFINITY) > maxKeyLength;
