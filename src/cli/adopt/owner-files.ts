import type { TableReport } from "@weir/postgres";
import type { FeatureSpec } from "../generate/feature-spec";
import { namesOf } from "../generate/names";

const quote = (name: string): string => `"${name.replaceAll('"', '""')}"`;
const literal = (text: string): string => `'${text.replaceAll("'", "''")}'`;
const placeOf = ({ schema, name }: Pick<TableReport, "schema" | "name">): string => `${quote(schema)}.${quote(name)}`;

/** `touch.sql`, for the owner of the table. */
export const renderTouch = ({ name }: FeatureSpec, table: TableReport, sql: string): string =>
  [
    `-- For the owner of ${placeOf(table)}, with psql: psql "$DATABASE_URL" -f src/features/${name}/touch.sql`,
    "-- From then on every write to the table invalidates what is cached about its rows, in the writer's own transaction.",
    sql.trimEnd(),
    "",
  ].join("\n");

const journal = {
  version: "7",
  dialect: "postgresql",
  entries: [{ idx: 0, version: "7", when: 0, tag: "0000_copy", breakpoints: true }],
};

/** The files of the folder `copy`: migrations that make the table, empty, in the databases of tests. */
export function renderCopy(spec: FeatureSpec, table: TableReport): Map<string, string> {
  const needed = new Set([...(spec.adopted?.key ?? []), ...spec.orders.map(({ field }) => field)]);
  const enums = spec.fields.filter(({ type, column }) => type === "choice" && column?.base.startsWith('"') === true);
  const types = new Map(enums.map(({ column }) => [column?.base ?? "", column?.labels ?? []]));
  const schemas = new Set([table.schema, ...[...types.keys()].map((type) => type.slice(1, type.indexOf('"."')))]);
  const columns = spec.fields.map(
    ({ name, column }) =>
      `  ${quote(column?.name ?? name)} ${column?.base ?? "text"}${needed.has(name) ? " NOT NULL" : ""},`,
  );
  const key = (spec.adopted?.key ?? []).map((name) => quote(namesOf(spec).fieldOf(name).column?.name ?? name));
  const known = new Set(spec.fields.map(({ column }) => column?.name));
  const indexes = table.indexes.filter(
    ({ isPrimary, method, predicate, keys }) =>
      !isPrimary &&
      method === "btree" &&
      predicate === null &&
      keys.every(({ column }) => column !== null && known.has(column)),
  );
  const statements = [
    ...[...schemas]
      .filter((schema) => schema !== "public")
      .map((schema) => `CREATE SCHEMA IF NOT EXISTS ${quote(schema)};`),
    ...[...types].map(
      ([type, labels]) =>
        `DO $$ BEGIN CREATE TYPE ${type} AS ENUM (${labels.map(literal).join(", ")}); EXCEPTION WHEN duplicate_object THEN NULL; END $$;`,
    ),
    [`CREATE TABLE ${placeOf(table)} (`, ...columns, `  PRIMARY KEY (${key.join(", ")})`, ");"].join("\n"),
    ...indexes.map(
      ({ isUnique, name, keys }) =>
        `CREATE ${isUnique ? "UNIQUE " : ""}INDEX ${quote(name)} ON ${placeOf(table)} (${keys.map(({ column }) => quote(column ?? "")).join(", ")});`,
    ),
  ];
  const text = [
    `-- ${placeOf(table)} as tests have it: the columns and indexes that the feature reads, without rows, constraints and defaults.`,
    "-- Only tests run this. The table itself belongs to another program and is never migrated.",
    statements.join("\n--> statement-breakpoint\n"),
    "",
  ].join("\n");
  return new Map([
    ["copy/0000_copy.sql", text],
    ["copy/meta/_journal.json", `${JSON.stringify(journal, null, 2)}\n`],
  ]);
}
