import type { TouchTrigger } from "@weir/postgres";
import { pascal, words } from "./feature-spec";
import { type Field, orderTypeOf, valueTypeOf } from "./field-types";
import { lines, type Names } from "./names";

/** `queries.ts` */
export function renderQueries(names: Names): string {
  const { entity, Entity, plural, orders, filters, stats, writes, key, rowFields } = names;
  const [id, ...more] = key;
  const isOne = more.length === 0 && id !== undefined;
  const changes = writes("update") || writes("remove");
  return lines(
    `import { ${[...(changes || !isOne || (stats.length > 0 && filters.length > 0) ? ["eq"] : []), "sql", ...(changes || !isOne ? ["and"] : [])].toSorted().join(", ")} } from "drizzle-orm";`,
    `import { type Db, prepared, prepareKeyset${writes("create") || changes ? ", type Tx" : ""} } from "@weir/postgres";`,
    `import type { ${[Entity, ...(writes("create") ? [`${Entity}CreateInput`] : []), ...(isOne ? [] : [`${Entity}Key`]), ...(writes("remove") ? [`${Entity}RemoveInput`] : []), ...(stats.length > 0 ? [`${Entity}Stats`, `${Entity}StatsInput`] : []), ...(writes("update") ? [`${Entity}UpdateInput`] : [])].join(", ")} } from "./contract";`,
    `import { ${plural} } from "./schema";`,
    ``,
    `const fields = {`,
    rowFields.map(({ name }) => `  ${name}: ${plural}.${name},`),
    `};`,
    `const given = sql.placeholder;`,
    changes && [
      ``,
      `/** The row before and after a write; \`after\` is null for one that was deleted. */`,
      `export type ${Entity}Change = { before: ${Entity}; after: ${Entity} | null } | "absent" | "conflict";`,
    ],
    ``,
    `/** Every statement of the feature, prepared on \`db\`. */`,
    `export function create${Entity}Queries(db: Db) {`,
    isOne
      ? [
          `  const byIds = prepared(db, "${entity}.byIds", (on) =>`,
          `    on.select(fields).from(${plural}).where(sql\`\${${plural}.${id.name}} = any(\${given("ids")}::${arrayOf(id)})\`),`,
          `  );`,
        ]
      : [
          `  const byKey = prepared(db, "${entity}.byKey", (on) =>`,
          `    on.select(fields).from(${plural}).where(and(${key.map(({ name }) => `eq(${plural}.${name}, given("${name}"))`).join(", ")})),`,
          `  );`,
        ],
    `  const list = prepareKeyset(db, "${entity}.list", {`,
    `    select: (on) => on.select(fields).from(${plural}).$dynamic(),`,
    isOne ? `    id: ${plural}.${id.name},` : `    id: [${key.map(({ name }) => `${plural}.${name}`).join(", ")}],`,
    `    orders: {`,
    orders.map(({ field, direction }) => `      ${field}: { column: ${plural}.${field}, direction: "${direction}" },`),
    `    },`,
    `    filters: { ${filters.map((name) => `${name}: ${plural}.${name}`).join(", ")} },`,
    `  });`,
    stats.length > 0 && renderStatsQueries(entity, plural, filters, stats),
    ``,
    `  return {`,
    isOne
      ? [
          `    /** In any order, without IDs that do not exist. */`,
          `    byIds: (ids: readonly ${idTypeOf(id)}[]): Promise<${Entity}[]> => byIds.execute({ ids: [...ids] }),`,
        ]
      : `    byKey: async (key: ${Entity}Key): Promise<${Entity} | null> => (await byKey.execute(key))[0] ?? null,`,
    `    list,`,
    stats.length > 0 && [
      `    stats: async (${filters.length === 0 ? "_input" : "input"}: ${Entity}StatsInput): Promise<${Entity}Stats | null> => {`,
      filters.map(
        (name) =>
          `      if (input.${name} !== undefined) return (await statsBy.${name}.execute({ value: input.${name} }))[0] ?? null;`,
      ),
      `      return (await statsOfAll.execute())[0] ?? null;`,
      `    },`,
    ],
    writes("create") && [
      ``,
      `    create: async (tx: Tx, input: ${Entity}CreateInput): Promise<${Entity}> => {`,
      `      const [created] = await tx.insert(${plural}).values(input).returning(fields);`,
      `      if (created === undefined) throw new TypeError("The insert returned no row.");`,
      `      return created;`,
      `    },`,
    ],
    writes("update") && [
      ``,
      `    /** Updates the row if it still has this version; of two concurrent updates one gets a conflict. */`,
      `    update: async (tx: Tx, { id, version, ...changed }: ${Entity}UpdateInput): Promise<${Entity}Change> => {`,
      `      const before = await lock(tx, id);`,
      `      if (before === null) return "absent";`,
      `      const [after] = await tx`,
      `        .update(${plural})`,
      `        .set({ ...changed, version: sql\`\${${plural}.version} + 1\` })`,
      `        .where(and(eq(${plural}.id, id), eq(${plural}.version, version)))`,
      `        .returning(fields);`,
      `      return after === undefined ? "conflict" : { before, after };`,
      `    },`,
    ],
    writes("remove") && [
      ``,
      `    remove: async (tx: Tx, { id, version }: ${Entity}RemoveInput): Promise<${Entity}Change> => {`,
      `      const before = await lock(tx, id);`,
      `      if (before === null) return "absent";`,
      `      const gone = await tx.delete(${plural}).where(and(eq(${plural}.id, id), eq(${plural}.version, version))).returning({ id: ${plural}.id });`,
      `      return gone.length === 0 ? "conflict" : { before, after: null };`,
      `    },`,
    ],
    `  };`,
    `}`,
    changes && [
      ``,
      `async function lock(tx: Tx, id: number): Promise<${Entity} | null> {`,
      `  const [row] = await tx.select(fields).from(${plural}).where(eq(${plural}.id, id)).for("update");`,
      `  return row ?? null;`,
      `}`,
    ],
  );
}

/** A string for every type but the numeric ones. */
const idTypeOf = (field: Field): string => (valueTypeOf(field) === "number" ? "number" : "string");

/** The type of a list of keys. Without a length, which a cast would cut texts to. */
function arrayOf({ type, column }: Field): string {
  if (column === undefined) return "int[]";
  return type === "text" ? "text[]" : `${column.base}[]`;
}

function renderStatsQueries(
  entity: string,
  plural: string,
  filters: readonly string[],
  stats: readonly string[],
): string[] {
  return [
    `  const figures = {`,
    `    count: sql<number>\`count(*)::float8\`,`,
    ...stats.flatMap((name) => [
      `    ${name}Sum: sql<number>\`coalesce(sum(\${${plural}.${name}}), 0)::float8\`,`,
      `    ${name}Mean: sql<number | null>\`avg(\${${plural}.${name}})::float8\`,`,
    ]),
    `  };`,
    `  const statsOfAll = prepared(db, "${entity}.stats", (on) => on.select(figures).from(${plural}));`,
    ...(filters.length === 0
      ? []
      : [
          `  const statsBy = {`,
          ...filters.map(
            (name) =>
              `    ${name}: prepared(db, "${entity}.stats.${name}", (on) => on.select(figures).from(${plural}).where(eq(${plural}.${name}, given("value")))),`,
          ),
          `  };`,
        ]),
  ];
}

/**
 * The fields of a row's own tag: its key, without points in time, which inputs write in several ways. Fewer fields make a
 * tag of more rows, which is right too.
 */
const tagFieldsOf = ({ key }: Names): Field[] =>
  key.filter(({ type }) => type !== "timestamp" && type !== "localTimestamp");

/** A tag family per filter, beside the row's own and that of the lists over all rows. */
const familyOf = (entity: string, filter: string): string => `${entity}-${filter}`;

/** `service.ts` */
export function renderService(names: Names): string {
  const { entity, Entity, plural, code, Errors, Service, orders, filters, stats, mutations, writes, fieldOf } = names;
  const { adopted, key, byKey } = names;
  const [id, ...more] = key;
  const isOne = more.length === 0 && id !== undefined;
  const own = tagFieldsOf(names);
  const Key = isOne ? idTypeOf(id) : `${Entity}Key`;
  const keyTag = isOne
    ? `(id) => [tag["${entity}"](id)`
    : `(key) => [tag["${entity}"](${own.map(({ name }) => `key.${name}`).join(", ")})`;
  // Of an adopted table: what its trigger invalidates when it does not look at single rows.
  const every = adopted === undefined ? "" : `, tag["${entity}"]("*")`;
  const tagged = [...new Set([...own.map(({ name }) => name), ...filters])].map((name) => `"${name}"`).join(" | ");
  return lines(
    `import { defineTags } from "@weir/cache/tags";`,
    mutations.length > 0
      ? `import type { Actor, FeatureTools } from "@/server/rpc/feature-server";`
      : `import type { FeatureTools } from "@/server/rpc/feature-server";`,
    `import { keysetList } from "@/server/rpc/keyset-list";`,
    `import type { ${[Entity, ...(writes("create") ? [`${Entity}CreateInput`] : []), ...(isOne ? [] : [`${Entity}Key`]), `${Entity}ListInput`, `${Entity}Page`, ...(writes("remove") ? [`${Entity}RemoveInput`] : []), ...(stats.length > 0 ? [`${Entity}Stats`, `${Entity}StatsInput`] : []), ...(writes("update") ? [`${Entity}UpdateInput`] : [])].join(", ")} } from "./contract";`,
    `import { ${Errors} } from "./feature";`,
    `import { create${Entity}Queries${writes("update") || writes("remove") ? `, type ${Entity}Change` : ""} } from "./queries";`,
    ``,
    `export type ${Service} = ReturnType<typeof create${Entity}Service>;`,
    ``,
    adopted === undefined
      ? [
          `/** How long a response is served: fresh, then stale while one reader reloads it. Every write invalidates it at once. */`,
          `const lifetimes = { freshFor: "5m", staleFor: "1h", negativeFor: "30s" } as const;`,
        ]
      : [
          `/**`,
          ` * How long a response is served: fresh, then stale while one reader reloads it. Without the trigger in touch.sql, writes of`,
          ` * other programs show only after that. With it they invalidate at once: then 5m, 1h and 30s are good values.`,
          ` */`,
          `const lifetimes = { freshFor: "10s", staleFor: "20s", negativeFor: "5s" } as const;`,
        ],
    ``,
    `/** The responses that include a row: its own, the lists over all rows${filters.length === 0 ? "" : `, and those filtered by ${filters.join(" or ")}`}. */`,
    adopted === undefined
      ? `const { tag, ...${entity}Tags } = defineTags(`
      : `export const ${entity}Tags = defineTags(`,
    `  {`,
    adopted === undefined
      ? `    "${entity}": (id: number) => id,`
      : own.length === 1
        ? `    "${entity}": (id: ${own.map(idTypeOf).join("")}${own.some((field) => idTypeOf(field) === "number") ? ` | "*"` : ""}) => id,`
        : `    "${entity}": (...key: (string | number)[]) => key.join("/"),`,
    filters.map(
      (name) =>
        `    "${familyOf(entity, name)}": (value: string | number | boolean${fieldOf(name).isOptional ? " | null" : ""}) => String(value),`,
    ),
    `    "${entity}-list": () => "all",`,
    `  },`,
    `  (row: Pick<${Entity}, ${tagged}>, own) => [`,
    `    own["${entity}"](${own.map(({ name }) => `row.${name}`).join(", ")}),`,
    filters.map((name) => `    own["${familyOf(entity, name)}"](row.${name}),`),
    `    own["${entity}-list"](),`,
    `  ],`,
    `);`,
    adopted !== undefined && `const { tag } = ${entity}Tags;`,
    ``,
    `export const ${entity}Pages = keysetList({`,
    `  orders: {`,
    orders.map(
      ({ field }) => `    ${field}: { type: "${orderTypeOf(fieldOf(field))}", of: (row: ${Entity}) => row.${field} },`,
    ),
    `  },`,
    `  id: [${key.map((field) => `{ type: "${orderTypeOf(field)}", of: (row: ${Entity}) => row.${field.name} }`).join(", ")}],`,
    `  filters: [${filters.map((name) => `"${name}"`).join(", ")}],`,
    `});`,
    `type ListKey = Parameters<typeof ${entity}Pages.keyText>[0];`,
    ``,
    filters.length > 0 && [
      `/** The tag that follows a filter; without one, that of the lists over all rows. */`,
      `const listTag = (filter: ListKey["filter"]) =>`,
      `  filter === null ? tag["${entity}-list"]() : tag[\`${entity}-\${filter.name}\`](filter.value);`,
      ``,
    ],
    `/** Cached reads of ${words(plural)}${mutations.length === 0 ? "" : ", and their writes"}. */`,
    `export function create${Entity}Service({ db, cache: shared${mutations.length === 0 ? "" : ", audit"} }: FeatureTools) {`,
    `  const queries = create${Entity}Queries(db);`,
    `  const cache = shared.withTags(${entity}Tags);`,
    ``,
    `  const ${byKey} = cache.define<${Key}, ${Entity}>({`,
    `    name: "${entity}.${byKey}",`,
    `    version: 1,`,
    isOne
      ? `    key: String,`
      : `    key: (key) => JSON.stringify([${key.map(({ name }) => `key.${name}`).join(", ")}]),`,
    `    tags: ${keyTag}${every}],`,
    `    ...lifetimes,`,
    isOne
      ? [
          `    load: async (id) => (await queries.byIds([id]))[0] ?? null,`,
          `    loadMany: async (ids) => new Map((await queries.byIds(ids)).map((row) => [row.${id.name}, row])),`,
        ]
      : `    load: queries.byKey,`,
    `  });`,
    `  const list = cache.define<ListKey, ${Entity}Page>({`,
    `    name: "${entity}.list",`,
    `    version: 1,`,
    `    key: ${entity}Pages.keyText,`,
    filters.length === 0
      ? `    tags: () => [tag["${entity}-list"]()${every}],`
      : `    tags: ({ filter }) => [listTag(filter)${every}],`,
    `    ...lifetimes,`,
    `    // One row more than the page: if present, there is a next page.`,
    `    load: async (key) => ${entity}Pages.toPage(key, await queries.list({ ...key, limit: key.limit + 1 })),`,
    `  });`,
    stats.length > 0 && [
      `  const stats = cache.define<${Entity}StatsInput, ${Entity}Stats>({`,
      `    name: "${entity}.stats",`,
      `    version: 1,`,
      filters.length === 0
        ? `    key: () => "all",`
        : `    key: (input) => JSON.stringify([${filters.map((name) => `input.${name}`).join(", ")}]),`,
      filters.length === 0
        ? `    tags: () => [tag["${entity}-list"]()],`
        : `    tags: (input) => [listTag(${entity}Pages.filterOf(input))],`,
      `    ...lifetimes,`,
      `    load: queries.stats,`,
      `  });`,
    ],
    ``,
    `  return {`,
    `    ${byKey}: async (${isOne ? "id" : "key"}: ${Key}): Promise<${Entity}> => {`,
    `      const found = await ${byKey}.get(${isOne ? "id" : "key"});`,
    `      if (found === null) throw new ${Errors}("${code}_NOT_FOUND");`,
    `      return found;`,
    `    },`,
    `    list: async (input: ${Entity}ListInput): Promise<${Entity}Page> =>`,
    `      (await list.get(${entity}Pages.toKey(input))) ?? { items: [], nextCursor: null },`,
    stats.length > 0 && [
      `    stats: async (input: ${Entity}StatsInput): Promise<${Entity}Stats> =>`,
      `      (await stats.get(input)) ?? { count: 0, ${stats.map((name) => `${name}Sum: 0, ${name}Mean: null`).join(", ")} },`,
    ],
    `    /** The cache entries that these reads return unchanged. */`,
    `    entries: { ${byKey}: ${byKey}.entry, list: (input: ${Entity}ListInput) => list.entry(${entity}Pages.toKey(input)) },`,
    mutations.map((mutation) => renderWrite(names, mutation)),
    `  };`,
    `}`,
    (writes("update") || writes("remove")) && [
      ``,
      `/** @throws WeirError ${code}_NOT_FOUND, ${code}_VERSION_CONFLICT */`,
      `function requireChange(change: ${Entity}Change) {`,
      `  if (change === "absent") throw new ${Errors}("${code}_NOT_FOUND");`,
      `  if (change === "conflict") throw new ${Errors}("${code}_VERSION_CONFLICT");`,
      `  return change;`,
      `}`,
    ],
  );
}

function renderWrite({ entity, Entity }: Names, mutation: "create" | "update" | "remove"): string {
  const record = (subject: string, before: string, after: string): string[] => [
    `        await audit.record(tx, { action: "${entity}.${mutation}", actor, subject: tag["${entity}"](${subject})${before}${after} });`,
  ];
  if (mutation === "create") {
    return lines(
      ``,
      `    create: (input: ${Entity}CreateInput, actor: Actor): Promise<${Entity}> =>`,
      `      cache.mutate(db, async (tx, touched) => {`,
      `        const created = await queries.create(tx, input);`,
      record("created.id", "", ", after: created"),
      `        touched.row(null, created);`,
      `        return created;`,
      `      }),`,
    );
  }
  const isUpdate = mutation === "update";
  return lines(
    ``,
    isUpdate && `    /** Resolves when reads on this node can no longer return the old values (rule C1). */`,
    `    ${mutation}: (input: ${Entity}${pascal(mutation)}Input, actor: Actor): Promise<${isUpdate ? Entity : `Pick<${Entity}, "id">`}> =>`,
    `      cache.mutate(db, async (tx, touched) => {`,
    `        const { before, after } = requireChange(await queries.${mutation}(tx, input));`,
    record("input.id", ", before", isUpdate ? ", after" : ""),
    `        touched.row(before, after);`,
    isUpdate ? `        return after ?? before;` : `        return { id: input.id };`,
    `      }),`,
  );
}

/** The trigger that puts the tags of changed rows into the outbox, named as the service names them. */
export function triggerOf(names: Names): TouchTrigger {
  const { entity, filters, adopted, fieldOf } = names;
  const columnOf = (field: string): string => fieldOf(field).column?.name ?? field;
  return {
    schema: adopted?.schema ?? "",
    table: adopted?.table ?? "",
    family: entity,
    tags: [
      { family: entity, columns: tagFieldsOf(names).map((field) => columnOf(field.name)) },
      ...filters.map((filter) => ({ family: familyOf(entity, filter), columns: [columnOf(filter)] })),
      { family: `${entity}-list`, member: "all" },
    ],
  };
}

const readProcedures = {
  everyone: "publicProcedure",
  viewer: "viewerProcedure",
  operator: "operatorProcedure",
  admin: "adminProcedure",
} as const;

/** `server.ts` */
export function renderServer(names: Names): string {
  const { name, entity, Entity, plural, code, Errors, Service, stats, mutations, readRole, writeRole, writes } = names;
  const { adopted, key, byKey } = names;
  const given = key.length === 1 ? `input.${key[0]?.name ?? ""}` : "input";
  const read = readProcedures[readRole];
  const write = readProcedures[writeRole];
  const inputs = [
    pascal(byKey),
    ...(writes("create") ? ["Create"] : []),
    "List",
    ...(writes("remove") ? ["Remove"] : []),
    ...(stats.length > 0 ? ["Stats"] : []),
    ...(writes("update") ? ["Update"] : []),
  ].map((one) => `${entity}${one}Input`);
  return lines(
    `import { defineFeatureServer, type FeatureTools } from "@/server/rpc/feature-server";`,
    `import { ${[...new Set([read, ...(mutations.length > 0 ? [write] : [])])].toSorted().join(", ")}, router } from "@/server/rpc/procedures";`,
    readRole === "everyone" && `import { fromEntry } from "@weir/trpc-node";`,
    `import { ${inputs.join(", ")} } from "./contract";`,
    readRole === "everyone" && `import { ${Errors} } from "./feature";`,
    `import { create${Entity}Service, type ${Service} } from "./service";`,
    ``,
    `/** \`${entity}.*\`. */`,
    `function create${Entity}Router(${plural}: ${Service}) {`,
    `  return router({`,
    `    ${byKey}: ${read}`,
    `      .input(${entity}${pascal(byKey)}Input)`,
    readRole === "everyone"
      ? `      .query(({ input }) => fromEntry(${plural}.entries.${byKey}(${given}), () => ${plural}.${byKey}(${given}), () => new ${Errors}("${code}_NOT_FOUND"))),`
      : `      .query(({ input }) => ${plural}.${byKey}(${given})),`,
    `    list: ${read}`,
    `      .input(${entity}ListInput)`,
    readRole === "everyone"
      ? `      .query(({ input }) => fromEntry(${plural}.entries.list(input), () => ${plural}.list(input))),`
      : `      .query(({ input }) => ${plural}.list(input)),`,
    stats.length > 0 && `    stats: ${read}.input(${entity}StatsInput).query(({ input }) => ${plural}.stats(input)),`,
    mutations.map(
      (mutation) =>
        `    ${mutation}: ${write}.input(${entity}${pascal(mutation)}Input).mutation(({ ctx, input }) => ${plural}.${mutation}(input, ctx.actor)),`,
    ),
    `  });`,
    `}`,
    ``,
    `export const server = defineFeatureServer({`,
    `  open: (tools: FeatureTools) => {`,
    `    const service = create${Entity}Service(tools);`,
    `    return { service, routers: { ${entity}: create${Entity}Router(service) } };`,
    `  },`,
    `  access: {`,
    [byKey, "list", ...(stats.length > 0 ? ["stats"] : [])].map((one) => `    "${entity}.${one}": "${readRole}",`),
    mutations.map((mutation) => `    "${entity}.${mutation}": "${writeRole}",`),
    `  },`,
    adopted === undefined
      ? `  migrations: "src/features/${name}/migrations",`
      : [
          `  // What touch.sql makes. \`weir doctor\` compares.`,
          `  touchTriggers: [${JSON.stringify(triggerOf(names))}],`,
          `  copies: "src/features/${name}/copy",`,
        ],
    `});`,
  );
}
