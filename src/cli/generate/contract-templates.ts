import { type Field, fieldTypes, sentence, snake, words } from "./feature-spec";
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

const schemaOf = ({ type, isOptional }: Field): string =>
  `${fieldTypes[type].schema}${isOptional ? ".nullable()" : ""}`;

/** `contract.ts` */
export function renderContract({ entity, Entity, fields, orders, filters, stats, writes }: Names): string {
  // Without writes, only filters check a value.
  const used = writes("create") || writes("update") ? fields : fields.filter(({ name }) => filters.includes(name));
  const hasText = used.some(({ type }) => type === "text");
  const filterFields = filters.map((name) => `  ${name}: ${entity}Fields.${name}.optional(),`);
  const oneFilter =
    filters.length < 2
      ? ""
      : `
  .refine((input) => [${filters.map((name) => `input.${name}`).join(", ")}].filter((value) => value !== undefined).length <= 1, "Use one filter at a time.")`;
  return lines(
    `import type { Page } from "@/server/rpc/keyset-list";`,
    hasText
      ? `import { cursorText, typedText, z } from "@/server/rpc/zod";`
      : `import { cursorText, z } from "@/server/rpc/zod";`,
    ``,
    `const idSchema = z.int().min(1).max(2_147_483_647);`,
    used.length > 0 && [`const ${entity}Fields = {`, used.map((field) => `  ${field.name}: ${schemaOf(field)},`), `};`],
    ``,
    `export const ${entity}ByIdInput = z.strictObject({ id: idSchema });`,
    `export const ${entity}ListInput = z.strictObject({`,
    `  order: z.enum([${orders.map(({ field }) => `"${field}"`).join(", ")}]).default("${orders[0]?.field}"),`,
    filterFields,
    `  /** Opaque: the \`nextCursor\` of the previous page. */`,
    `  cursor: cursorText.nullish(),`,
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
    `export type ${Entity} = { id: number; version: number } & {`,
    fields.map(({ name, type, isOptional }) => `  ${name}: ${fieldTypes[type].type}${isOptional ? " | null" : ""};`),
    `};`,
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

function columnOf({ name, type, isOptional }: Field): string {
  const column = `"${snake(name)}"`;
  const made =
    type === "timestamp"
      ? `timestamp(${column}, { withTimezone: true, mode: "string" })`
      : type === "date"
        ? `date(${column}, { mode: "string" })`
        : `${fieldTypes[type].column}(${column})`;
  return `    ${name}: ${made}${isOptional ? "" : ".notNull()"},`;
}

/** `schema.ts` */
export function renderSchema({ name, entity, plural, fields, orders, filters }: Names): string {
  const used = new Set(["index", "integer", "pgSchema", ...fields.map(({ type }) => fieldTypes[type].column)]);
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
