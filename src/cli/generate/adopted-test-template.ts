import type { Field } from "./field-types";
import { lines, type Names } from "./names";

const rows = 6;

/** The value of row `n` in SQL, and those of row 0 and of a row that does not exist in JavaScript. */
function sampleOf(field: Field, step: string): { sql: string; first: string; absent: string } | null {
  const { type, column } = field;
  switch (type) {
    case "text":
      return { sql: `chr(97 + ${step})`, first: `"a"`, absent: `"~"` };
    case "integer":
    case "smallint":
      return { sql: `${step} + 1`, first: "1", absent: "99" };
    case "bigint":
      return { sql: `${step} + 1`, first: `"1"`, absent: `"99"` };
    case "boolean":
      return { sql: `${step} % 2 = 0`, first: "true", absent: "false" };
    case "date":
      return { sql: `date '2026-01-10' + ${step}`, first: `"2026-01-10"`, absent: `"2031-01-01"` };
    case "timestamp":
      return {
        sql: `timestamptz '2026-01-10 00:00:00+00' + ${step} * interval '1 day'`,
        first: `"2026-01-10T00:00:00Z"`,
        absent: `"2031-01-01T00:00:00Z"`,
      };
    case "localTimestamp":
      return {
        sql: `timestamp '2026-01-10' + ${step} * interval '1 day'`,
        first: `"2026-01-10T00:00:00"`,
        absent: `"2031-01-01T00:00:00"`,
      };
    case "uuid": {
      const of = (last: string): string => `"00000000-0000-4000-8000-${last.padStart(12, "0")}"`;
      return {
        sql: `('00000000-0000-4000-8000-' || lpad((${step})::text, 12, '0'))::uuid`,
        first: of("0"),
        absent: of("99"),
      };
    }
    case "choice": {
      const labels = column?.labels ?? [];
      const array = labels.map((label) => `'${label.replaceAll("'", "''")}'`).join(", ");
      return {
        sql: `(array[${array}])[${step} % ${labels.length} + 1]::${column?.base ?? "text"}`,
        first: JSON.stringify(labels[0] ?? ""),
        absent: JSON.stringify(labels.at(-1) ?? ""),
      };
    }
    case "number":
    case "json":
    case "list":
    case "written":
      return null;
  }
}

const quote = (name: string): string => `"${name.replaceAll('"', '""')}"`;
/** As the text of a template literal. */
const literal = (text: string): string => "`" + text.replaceAll(/[\\`]|\$\{/g, String.raw`\$&`) + "`";

/** Rows share the values of a filter in pairs; the last part of a key tells them apart. */
function stepOf({ name }: Field, { key, filters }: Names): string {
  const place = key.findIndex((part) => part.name === name);
  return place === key.length - 1 || (place === -1 && !filters.includes(name)) ? "n" : "n / 2";
}

/** Walks the lists of an adopted table while a writer that knows nothing of Weir changes it. */
export function renderAdoptedTest(names: Names): string {
  const { name, entity, Entity, plural, fields, orders, filters, readRole, code, key, byKey, adopted, fieldOf } = names;
  const table = `${quote(adopted?.schema ?? "")}.${quote(adopted?.table ?? "")}`;
  const needed = new Set([...key.map((field) => field.name), ...orders.map(({ field }) => field), ...filters]);
  const columns = fields.flatMap((field) => {
    const sample = sampleOf(field, stepOf(field, names));
    if (sample === null || (!needed.has(field.name) && field.type === "choice")) return [];
    return [{ column: quote(field.column?.name ?? ""), sql: sample.sql }];
  });
  const insert = (where: string): string =>
    literal(
      `insert into ${table} (${columns.map(({ column }) => column).join(", ")}) select ${columns.map(({ sql }) => sql).join(", ")} from generate_series(0, ${rows - 1}) as n${where}`,
    );
  const keyText = `JSON.stringify([${key.map((field) => `row.${field.name}`).join(", ")}])`;
  const input = (which: "first" | "absent"): string =>
    `{ ${key.map((field) => `${field.name}: ${sampleOf(field, "0")?.[which] ?? ""}`).join(", ")} }`;
  const gone = key
    .map(
      (field) =>
        `${quote(field.column?.name ?? "")} = (select ${sampleOf(field, "n")?.sql ?? ""} from generate_series(0, 0) as n)`,
    )
    .join(" and ");
  const views = [null, ...filters].flatMap((filter) =>
    orders.map(
      ({ field }) =>
        `  { order: "${field}"${filter === null ? "" : `, ${filter}: ${sampleOf(fieldOf(filter), "0")?.first ?? ""}`} },`,
    ),
  );
  const other = `{ order: "${orders.at(-1)?.field ?? ""}", filter: ${filters.length === 0 ? "null" : `{ name: "${filters.at(-1) ?? ""}" as const, value: "b" }`}, after: { value: 2, id: 2 }, limit: 20 }`;
  const same = [orders.length === 1 ? `"order"` : "", filters.length === 0 ? `"filter"` : ""].filter(
    (one) => one !== "",
  );
  return lines(
    `import { readFile } from "node:fs/promises";`,
    `import { sql } from "drizzle-orm";`,
    `import { afterAll, beforeAll, expect, test } from "vitest";`,
    `import { startTestAppWith, type TestApp } from "@/dev/test-app";`,
    `import { migrateAll, withCopies } from "@/server/migrations";`,
    `import { createInternalCaller } from "@/server/rpc/caller";`,
    `import { expectCacheMatchesDatabase, expectKeyCoversInput } from "@weir/cache/testing";`,
    `import { createTestDatabase } from "@weir/testkit/testing";`,
    `import type { ${Entity}, ${Entity}ListInput } from "./contract";`,
    `import { server } from "./server";`,
    `import { ${entity}Pages, ${entity}Tags } from "./service";`,
    ``,
    `const features = { "${name}": server };`,
    `let app: TestApp<typeof features>;`,
    `beforeAll(async () => {`,
    `  const openDatabase = () =>`,
    `    createTestDatabase({ template: { name: "weir_with_${plural.toLowerCase()}", fill: async (url) => void (await migrateAll(url, withCopies(features))) } });`,
    `  app = await startTestAppWith({ features, openDatabase });`,
    `});`,
    `afterAll(() => app[Symbol.asyncDispose]());`,
    ``,
    `const caller = () => createInternalCaller(app.runtime).${entity};`,
    `/** Writes as a program does that knows nothing of Weir, and returns the tags that the trigger touched. */`,
    `const write = (text: string): Promise<string[]> =>`,
    `  app.runtime.database.db.transaction(async (tx) => {`,
    `    await tx.execute(sql.raw(text));`,
    `    const [last] = await tx.execute<{ tags: string[] }>(sql\`select tags from weir.cache_outbox order by id desc limit 1\`);`,
    `    return last?.tags ?? [];`,
    `  });`,
    `const views: Partial<${Entity}ListInput>[] = [`,
    views,
    `];`,
    `const keyOf = (row: ${Entity}): string => ${keyText};`,
    ``,
    `/** The keys of a list, read two at a time. */`,
    `async function walk(view: Partial<${Entity}ListInput>): Promise<string[]> {`,
    `  const keys: string[] = [];`,
    `  let cursor: string | null = null;`,
    `  do {`,
    `    const page = await caller().list({ ...view, limit: 2, cursor });`,
    `    keys.push(...page.items.map(keyOf));`,
    `    cursor = page.nextCursor;`,
    `  } while (cursor !== null);`,
    `  return keys;`,
    `}`,
    ``,
    `/** Every list says what the database says, in pages and at once, and so does every other entry of the cache. */`,
    `async function expectListsToMatch(): Promise<void> {`,
    `  for (const view of views) {`,
    `    const { items } = await caller().list({ ...view, limit: 100 });`,
    `    expect(await walk(view)).toEqual(items.map(keyOf));`,
    `  }`,
    `  await expectCacheMatchesDatabase(app.runtime.cache);`,
    `}`,
    ``,
    `test("lists and pages follow the writes of other programs through the trigger", { timeout: 60_000 }, async () => {`,
    `  await write(await readFile("src/features/${name}/touch.sql", "utf8"));`,
    `  await expectListsToMatch();`,
    `  await write(${insert("")});`,
    `  await expect.poll(() => walk({}), { timeout: 20_000 }).toHaveLength(${rows});`,
    `  await expectListsToMatch();`,
    `  const first = await caller().${byKey}(${input("first")});`,
    `  expect((await caller().list({ limit: 100 })).items).toContainEqual(first);`,
    ``,
    `  const touched = await write(${literal(`delete from ${table} where ${gone}`)});`,
    `  expect(touched.toSorted()).toEqual(${entity}Tags.tagsOf(first).toSorted());`,
    `  await expect.poll(() => walk({}), { timeout: 20_000 }).toHaveLength(${rows - 1});`,
    `  await expectListsToMatch();`,
    `  await expect(caller().${byKey}(${input("first")})).rejects.toMatchObject({ code: "NOT_FOUND" });`,
    ``,
    `  await write(${insert(" where n = 0")});`,
    `  await expect.poll(() => walk({}), { timeout: 20_000 }).toHaveLength(${rows});`,
    `  await expectListsToMatch();`,
    ``,
    `  expect(await write(${literal(`truncate ${table}`)})).toEqual(["${entity}:*"]);`,
    `  await expect.poll(() => walk({}), { timeout: 20_000 }).toEqual([]);`,
    `  await expectListsToMatch();`,
    `});`,
    ``,
    `test("the key of a list tells apart any two inputs, and an unknown key is ${code}_NOT_FOUND", async () => {`,
    `  expectKeyCoversInput<Parameters<typeof ${entity}Pages.keyText>[0]>(`,
    `    ${entity}Pages.keyText,`,
    `    { order: "${orders[0]?.field ?? ""}", filter: null, after: null, limit: 10 },`,
    `    ${other},`,
    same.length > 0 && `    { except: [${same.join(", ")}] },`,
    `  );`,
    `  await expect(caller().${byKey}(${input("absent")})).rejects.toMatchObject({ code: "NOT_FOUND" });`,
    `});`,
    readRole !== "everyone" && [
      ``,
      `test("signed out, nothing can be read", async () => {`,
      `  const response = await fetch(\`\${app.origin}/api/trpc/${entity}.list\`);`,
      `  expect(response.status).toBe(401);`,
      `});`,
    ],
  );
}
