import { type AdoptedTable, pascal, sentence, snake, words } from "./feature-spec";
import { type Field, fieldTypes, inputSchemaOf, maxKeyLength, rowPropertyOf, valueTypeOf } from "./field-types";
import { lines, type Names } from "./names";

const pastOf = { create: "created", update: "changed", remove: "deleted" } as const;

/** `feature.ts` */
export function renderHead({ name, entity, plural, code, Errors, mutations, page, writes, readRole }: Names): string {
  const one = words(entity);
  const article = /^[aeiou]/.test(one) ? "an" : "a";
  return lines(
    `import { defineFeature } from "@/server/rpc/feature";`,
    `import { defineErrors } from "@weir/core/errors";`,
    ``,
    `export const ${Errors} = defineErrors({`,
    `  ${code}_NOT_FOUND: {`,
    `    rpcCode: "NOT_FOUND",`,
    `    message: "No ${one} with this ID exists.",`,
    `    when: "The ID is well formed, and no row has it. The absence is cached for a short while.",`,
    `    fix: "Check the ID.",`,
    `  },`,
    (writes("update") || writes("remove")) && [
      `  ${code}_VERSION_CONFLICT: {`,
      `    rpcCode: "CONFLICT",`,
      `    message: "The ${one} has changed since it was read. Read it again and reapply the change.",`,
      `    when: "A write named a version that is no longer the current one. Nothing was written.",`,
      `    fix: "Read the ${one}, apply the change to what it is now, and send the new version.",`,
      `  },`,
    ],
    `});`,
    ``,
    `export const ${plural} = defineFeature({`,
    `  name: "${name}",`,
    page === null
      ? `  pages: [],`
      : [
          `  pages: [`,
          `    {`,
          `      path: "${page.path}",`,
          `      title: "${sentence(words(plural))}",`,
          readRole !== "everyone" && `      role: "${readRole}",`,
          `      navigation: { label: "${sentence(words(plural))}", key: "${page.key}" },`,
          `      load: () => import("./ui/${name}-page"),`,
          `    },`,
          `  ],`,
        ],
    `  errors: ${Errors},`,
    `  auditEvents: {`,
    mutations.map((mutation) => `    "${entity}.${mutation}": "${pastOf[mutation]} ${article} ${one}",`),
    `  },`,
    mutations.length > 0 && [
      `  describeSubject: (subject) => {`,
      `    const id = /^${entity}:(\\d+)$/.exec(subject)?.[1];`,
      `    return id === undefined ? null : { text: \`${one} \${id}\`, href: null };`,
      `  },`,
    ],
    `});`,
  );
}

const schemaOf = (field: Field): string => `${inputSchemaOf(field)}${field.isOptional ? ".nullable()" : ""}`;

/** Texts of adopted tables are longer than those that this application writes: the bound of their cursors follows. */
function cursorOf(fields: readonly Field[]): string {
  const isLong = fields.some(({ type, column }) => type === "text" && (column?.maxLength ?? maxKeyLength) > 200);
  return isLong && fields.every(({ column }) => column !== undefined) ? "storedText(16_000).min(1)" : "cursorText";
}

const bigintText = [
  ``,
  `/** A bigint as JSON carries it: its digits. */`,
  `const bigintText = z`,
  `  .string()`,
  `  .regex(/^(?:0|-?[1-9]\\d{0,18})$/)`,
  `  .refine((text) => BigInt.asIntN(64, BigInt(text)) === BigInt(text), "The number is not in the range of a bigint.");`,
];

/** `contract.ts` */
export function renderContract(names: Names): string {
  const { entity, Entity, fields, orders, filters, stats, writes, adopted, key, byKey, fieldOf } = names;
  // Without writes, only filters check a value, and the key of an adopted table.
  const isUsed = ({ name }: Field): boolean => filters.includes(name) || adopted?.key.includes(name) === true;
  const used = writes("create") || writes("update") ? fields : fields.filter(isUsed);
  const cursor = cursorOf([...key, ...[...orders.map(({ field }) => field), ...filters].map(fieldOf)]);
  const hasText = used.some(({ type }) => type === "text");
  const texts = [
    ...(cursor === "cursorText" ? ["cursorText"] : []),
    ...((hasText && adopted !== undefined) || cursor !== "cursorText" ? ["storedText"] : []),
    ...(hasText && adopted === undefined ? ["typedText"] : []),
  ];
  const inputs = used.map((field) => (adopted === undefined ? schemaOf(field) : inputSchemaOf(field)));
  const filterFields = filters.map((name) => `  ${name}: ${entity}Fields.${name}.optional(),`);
  const oneFilter =
    filters.length < 2
      ? ""
      : `
  .refine((input) => [${filters.map((name) => `input.${name}`).join(", ")}].filter((value) => value !== undefined).length <= 1, "Use one filter at a time.")`;
  return lines(
    `import type { Page } from "@/server/rpc/keyset-list";`,
    `import { ${[...texts, "z"].join(", ")} } from "@/server/rpc/zod";`,
    inputs.includes("bigintText") && bigintText,
    ``,
    adopted === undefined && `const idSchema = z.int().min(1).max(2_147_483_647);`,
    used.length > 0 && [
      `const ${entity}Fields = {`,
      used.map(({ name }, index) => `  ${name}: ${inputs[index] ?? ""},`),
      `};`,
    ],
    ``,
    adopted === undefined
      ? `export const ${entity}ByIdInput = z.strictObject({ id: idSchema });`
      : `export const ${entity}${pascal(byKey)}Input = z.strictObject({ ${key.map(({ name }) => `${name}: ${entity}Fields.${name}`).join(", ")} });`,
    `export const ${entity}ListInput = z.strictObject({`,
    `  order: z.enum([${orders.map(({ field }) => `"${field}"`).join(", ")}]).default("${orders[0]?.field}"),`,
    filterFields,
    `  /** Opaque: the \`nextCursor\` of the previous page. */`,
    `  cursor: ${cursor}.nullish(),`,
    `  limit: z.int().min(1).max(100).default(50),`,
    `})${oneFilter}.prefault({});`,
    stats.length > 0 && [
      ``,
      `export const ${entity}StatsInput = z.strictObject({`,
      filterFields,
      `})${oneFilter}.prefault({});`,
    ],
    writes("create") && [``, `export const ${entity}CreateInput = z.strictObject(${entity}Fields);`],
    writes("update") && [
      ``,
      `export const ${entity}UpdateInput = z`,
      `  .strictObject({`,
      `    id: idSchema,`,
      `    /** The version that was read. The update fails if the row has changed since. */`,
      `    version: z.int().min(1).max(2_147_483_647),`,
      `    ...${entity}Fields,`,
      `  })`,
      `  .partial({ ${fields.map(({ name }) => `${name}: true`).join(", ")} });`,
    ],
    writes("remove") && [
      ``,
      `export const ${entity}RemoveInput = z.strictObject({ id: idSchema, version: z.int().min(1).max(2_147_483_647) });`,
    ],
    ``,
    adopted === undefined ? `export type ${Entity} = { id: number; version: number } & {` : `export type ${Entity} = {`,
    fields.map((field) => `  ${rowPropertyOf(field)};`),
    `};`,
    adopted !== undefined && key.length > 1 && `export type ${Entity}Key = z.infer<typeof ${entity}ByKeyInput>;`,
    `export type ${Entity}Page = Page<${Entity}>;`,
    stats.length > 0 && [
      `/** \`${stats[0]}Mean\` is null without rows. */`,
      `export type ${Entity}Stats = { count: number } & {`,
      stats.flatMap((name) => [`  ${name}Sum: number;`, `  ${name}Mean: number | null;`]),
      `};`,
    ],
    ``,
    `export type ${Entity}ListInput = z.infer<typeof ${entity}ListInput>;`,
    stats.length > 0 && `export type ${Entity}StatsInput = z.infer<typeof ${entity}StatsInput>;`,
    writes("create") && `export type ${Entity}CreateInput = z.infer<typeof ${entity}CreateInput>;`,
    writes("update") && `export type ${Entity}UpdateInput = z.infer<typeof ${entity}UpdateInput>;`,
    writes("remove") && `export type ${Entity}RemoveInput = z.infer<typeof ${entity}RemoveInput>;`,
  );
}

function columnOf(field: Field): string {
  const { name, isOptional } = field;
  return `    ${name}: ${constructorOf(field, JSON.stringify(field.column?.name ?? snake(name)))}${isOptional ? "" : ".notNull()"},`;
}

function constructorOf({ type, column: stored }: Field, column: string): string {
  const base = JSON.stringify(stored?.base ?? "");
  switch (type) {
    case "timestamp":
      return `timestamp(${column}, { withTimezone: true, mode: "string" })`;
    case "localTimestamp":
      return `timestamp(${column}, { mode: "string" })`;
    case "date":
      return `date(${column}, { mode: "string" })`;
    case "number":
      return stored === undefined ? `doublePrecision(${column})` : `finite(${base})(${column})`;
    case "smallint":
      return `smallint(${column})`;
    case "json":
      return `jsonIn(${base})(${column})`;
    case "list":
      return `listIn(${base}, "${stored?.element ?? "string"}")(${column})`;
    case "choice":
      return `writtenAs<${valueTypeOf({ name: "", type, isOptional: false, ...(stored === undefined ? {} : { column: stored }) })}>(${base})(${column})`;
    case "bigint":
    case "uuid":
    case "written":
      return `writtenAs(${base})(${column})`;
    case "text":
    case "integer":
    case "boolean":
      return `${fieldTypes[type].column}(${column})`;
  }
}

const ofDrizzle = /^(?:integer|smallint|text|boolean|date|timestamp|doublePrecision)(?=\()/;
const ofPackage = /^(?:finite|jsonIn|listIn|writtenAs)(?=[<(])/;

/** `schema.ts` of an adopted table. */
function renderAdoptedSchema({ plural, fields }: Names, { schema, table }: AdoptedTable): string {
  const made = fields.map((field) => constructorOf(field, ""));
  const used = (pattern: RegExp): string[] => made.flatMap((text) => pattern.exec(text)?.[0] ?? []);
  const maker = schema === "public" ? "pgTable" : "pgSchema";
  const packaged = [...new Set(used(ofPackage))].toSorted();
  return lines(
    `import { ${[...new Set([maker, ...used(ofDrizzle)])].toSorted().join(", ")} } from "drizzle-orm/pg-core";`,
    packaged.length > 0 && `import { ${packaged.join(", ")} } from "@weir/postgres/column-types";`,
    ``,
    `/** A table of another program. It is read here and never migrated. */`,
    schema === "public"
      ? `export const ${plural} = pgTable(`
      : `export const ${plural} = pgSchema(${JSON.stringify(schema)}).table(`,
    `  ${JSON.stringify(table)},`,
    `  {`,
    fields.map(columnOf),
    `  },`,
    `);`,
  );
}

/** `schema.ts` */
export function renderSchema(names: Names): string {
  const { name, entity, plural, fields, orders, filters, adopted } = names;
  if (adopted !== undefined) return renderAdoptedSchema(names, adopted);
  const made = fields.flatMap((field) => ofDrizzle.exec(constructorOf(field, ""))?.[0] ?? []);
  const used = new Set(["index", "integer", "pgSchema", ...made]);
  const indexes = [null, ...filters].flatMap((filter) =>
    orders
      .filter(({ field }) => field !== filter)
      .map(({ field }) => {
        const columns = [filter, field].filter((one) => one !== null);
        return [
          `    // ${entity}.list by ${field}${filter === null ? "" : ` with one ${filter}`}.`,
          `    index("${snake(plural)}_${columns.map(snake).join("_")}").on(${columns.map((one) => `t.${one}`).join(", ")}, t.id),`,
        ];
      }),
  );
  // A list that is filtered by the field of its only order still needs an index with that field first.
  const covered = filters.filter((filter) => orders.every(({ field }) => field === filter));
  return lines(
    `import { ${[...used].toSorted().join(", ")} } from "drizzle-orm/pg-core";`,
    ``,
    `export const place = pgSchema("${snake(name)}");`,
    ``,
    `export const ${plural} = place.table(`,
    `  "${snake(name)}",`,
    `  {`,
    `    id: integer("id").primaryKey().generatedAlwaysAsIdentity(),`,
    fields.map(columnOf),
    `    version: integer("version").notNull().default(1),`,
    `  },`,
    `  (t) => [`,
    indexes.flat(),
    covered.length > 0 && `    // The index by ${covered.join(", ")} serves the filter too.`,
    `  ],`,
    `);`,
  );
}
