import { sentence, words } from "./feature-spec";
import type { Field } from "./field-types";
import { lines, type Names } from "./names";

/** Row `index` as an expression: rows differ in every field, and two in a row share the values of filters. */
function sampleOf(field: Field, isFilter: boolean): string {
  return sampleAt(field, isFilter ? "Math.floor(index / 2)" : "index");
}

/** The same for a step that is a number as text, or an expression of one. */
function sampleAt({ name, type }: Field, step: string): string {
  const isNumber = /^\d+$/.test(step);
  const text = (before: string, after = ""): string =>
    isNumber ? `"${before}${step}${after}"` : `\`${before}\${${step}}${after}\``;
  switch (type) {
    case "text":
      return `${name}: ${text(`${sentence(words(name))} `)}`;
    case "integer":
      return `${name}: ${isNumber ? 10 * Number(step) : `10 * ${step}`}`;
    case "number":
      return `${name}: ${isNumber ? 1.5 * Number(step) : `1.5 * ${step}`}`;
    case "boolean":
      return `${name}: ${isNumber ? Number(step) % 2 === 0 : `${step} % 2 === 0`}`;
    case "date":
      return `${name}: ${text("2026-01-1")}`;
    case "timestamp":
      return `${name}: ${text("2026-01-1", "T00:00:00Z")}`;
    case "smallint":
    case "bigint":
    case "uuid":
    case "choice":
    case "json":
    case "list":
    case "localTimestamp":
    case "written":
      throw new TypeError(`A feature with a table of its own has no fields of type ${type}.`);
  }
}

const created = 6;

/** Walks pages and lists after each mutation and compares them with the database. */
export function renderIntegrationTest(names: Names): string {
  const { name, entity, Entity, plural, fields, orders, filters, stats, mutations, writes, writeRole, readRole, code } =
    names;
  const samples = fields.map((field) => sampleOf(field, filters.includes(field.name)));
  const views = [null, ...filters].flatMap((filter) => orders.map(({ field }) => ({ filter, order: field })));
  const other = `{ order: "${orders.at(-1)?.field}", filter: ${filters.length === 0 ? "null" : `{ name: "${filters.at(-1)}" as const, value: "b" }`}, after: { value: 2, id: 2 }, limit: 20 }`;
  const moved = filters[0] ?? fields[0]?.name ?? "";
  return lines(
    `import { afterAll, beforeAll, expect, test } from "vitest";`,
    `import { startTestAppWith, type TestApp } from "@/dev/test-app";`,
    `import { migrateAll } from "@/server/migrations";`,
    `import { createInternalCaller } from "@/server/rpc/caller";`,
    `import { expectCacheMatchesDatabase, expectKeyCoversInput } from "@weir/cache/testing";`,
    `import { createTestDatabase } from "@weir/testkit/testing";`,
    mutations.length > 0
      ? `import type { ${Entity}, ${Entity}ListInput } from "./contract";`
      : `import type { ${Entity}ListInput } from "./contract";`,
    `import { server } from "./server";`,
    `import { ${entity}Pages } from "./service";`,
    ``,
    `const features = { "${name}": server };`,
    `let app: TestApp<typeof features>;`,
    `beforeAll(async () => {`,
    `  const openDatabase = () =>`,
    `    createTestDatabase({ template: { name: "weir_with_${plural.toLowerCase()}", fill: async (url) => void (await migrateAll(url, features)) } });`,
    `  app = await startTestAppWith({ features, openDatabase });`,
    `});`,
    `afterAll(() => app[Symbol.asyncDispose]());`,
    ``,
    `const caller = () => createInternalCaller(app.runtime).${entity};`,
    `const views: Partial<${Entity}ListInput>[] = [`,
    views.map(
      ({ filter, order }) =>
        `  { order: "${order}"${filter === null ? "" : `, ${sampleAt(names.fieldOf(filter), "0")}`} },`,
    ),
    `];`,
    ``,
    `/** The IDs of a list, read two at a time. */`,
    `async function walk(view: Partial<${Entity}ListInput>): Promise<number[]> {`,
    `  const ids: number[] = [];`,
    `  let cursor: string | null = null;`,
    `  do {`,
    `    const page = await caller().list({ ...view, limit: 2, cursor });`,
    `    ids.push(...page.items.map(({ id }) => id));`,
    `    cursor = page.nextCursor;`,
    `  } while (cursor !== null);`,
    `  return ids;`,
    `}`,
    ``,
    `/** Every list says what the database says, in pages and at once, and so does every other entry of the cache. */`,
    `async function expectListsToMatch(): Promise<void> {`,
    `  for (const view of views) {`,
    `    const { items } = await caller().list({ ...view, limit: 100 });`,
    `    expect(await walk(view)).toEqual(items.map(({ id }) => id));`,
    `  }`,
    `  await expectCacheMatchesDatabase(app.runtime.cache);`,
    `}`,
    ``,
    writes("create") && [`const sample = (index: number) => ({`, samples.map((one) => `  ${one},`), `});`, ``],
    `test("lists and pages follow ${mutations.length === 0 ? "the table" : "every mutation"}", async () => {`,
    `  await expectListsToMatch();`,
    writes("create") && [
      `  const rows: ${Entity}[] = [];`,
      `  for (let index = 0; index < ${created}; index += 1) rows.push(await caller().create(sample(index)));`,
      `  await expectListsToMatch();`,
      `  expect(await walk({})).toHaveLength(${created});`,
      `  const [first, second] = rows;`,
      `  if (first === undefined || second === undefined) throw new Error("No rows were created.");`,
      `  expect(await caller().byId({ id: first.id })).toEqual(first);`,
      stats.length > 0 && `  expect(await caller().stats({})).toMatchObject({ count: ${created} });`,
    ],
    writes("create") &&
      writes("update") && [
        ``,
        `  // A row that moves leaves one list and enters another.`,
        `  const changed = await caller().update({ id: first.id, version: first.version, ${moved}: sample(${created - 1}).${moved} });`,
        `  expect(changed).toEqual({ ...first, ${moved}: changed.${moved}, version: first.version + 1 });`,
        `  await expectListsToMatch();`,
        `  expect(await caller().byId({ id: first.id })).toEqual(changed);`,
        `  await expect(caller().update({ id: first.id, version: first.version })).rejects.toMatchObject({ code: "CONFLICT" });`,
      ],
    writes("create") &&
      writes("remove") && [
        ``,
        `  await caller().remove({ id: second.id, version: second.version });`,
        `  await expectListsToMatch();`,
        `  await expect(caller().byId({ id: second.id })).rejects.toMatchObject({ code: "NOT_FOUND" });`,
        `  expect(await walk({})).toHaveLength(${created - 1});`,
      ],
    `});`,
    ``,
    `test("the key of a list tells apart any two inputs, and an unknown ID is ${code}_NOT_FOUND", async () => {`,
    `  expectKeyCoversInput<Parameters<typeof ${entity}Pages.keyText>[0]>(`,
    `    ${entity}Pages.keyText,`,
    `    { order: "${orders[0]?.field}", filter: null, after: null, limit: 10 },`,
    `    ${other},`,
    orders.length === 1 || filters.length === 0
      ? `    { except: [${[orders.length === 1 ? `"order"` : "", filters.length === 0 ? `"filter"` : ""].filter((one) => one !== "").join(", ")}] },`
      : ``,
    `  );`,
    `  await expect(caller().byId({ id: 2_000_000_000 })).rejects.toMatchObject({ code: "NOT_FOUND" });`,
    `});`,
    (mutations.length > 0 || readRole !== "everyone") && [
      ``,
      `test("signed out, ${readRole === "everyone" ? "nothing can be written" : "nothing can be read or written"}", async () => {`,
      `  const call = (path: string, init: RequestInit = {}) => fetch(\`\${app.origin}/api/trpc/${entity}.\${path}\`, init);`,
      mutations.length > 0 &&
        `  const post = { method: "POST", headers: { "content-type": "application/json", origin: app.origin }, body: JSON.stringify({ id: 1, version: 1 }) };`,
      mutations.map((mutation) => `  expect((await call("${mutation}", post)).status).toBe(401);`),
      `  expect((await call("list")).status).toBe(${readRole === "everyone" ? 200 : 401});`,
      `});`,
    ],
    writeRole === "admin" &&
      mutations.length > 0 && [
        ``,
        `test("an operator may not write", async () => {`,
        `  const { headers } = await app.signIn("operator");`,
        `  const body = JSON.stringify({ id: 1, version: 1 });`,
        `  const response = await fetch(\`\${app.origin}/api/trpc/${entity}.${mutations[0]}\`, { method: "POST", headers: { ...headers, "content-type": "application/json" }, body });`,
        `  expect(response.status).toBe(403);`,
        `});`,
      ],
  );
}

/** The page, empty and with a row, on phones too. */
export function renderPageTest(names: Names): string {
  const { entity, plural, fields, filters, page, writes, readRole, writeRole } = names;
  const label = sentence(words(plural));
  const shown = fields.find(({ type }) => type === "text");
  const samples = writes("create") ? fields.map((field) => sampleAt(field, "1")) : [];
  return lines(
    `import { ${writes("create") ? "clientOf, " : ""}signedInAs } from "../../../e2e/fixtures/accounts";`,
    `import { expect, test } from "../../../e2e/fixtures/test";`,
    `import { accessibilityViolations } from "../../../e2e/fixtures/violations";`,
    ``,
    `test.use(signedInAs("${writeRole}"));`,
    ``,
    `test("the ${words(plural)} are listed, and the page fits a phone", async ({ page${writes("create") ? ", baseURL" : ""} }) => {`,
    writes("create") && [
      `  const client = await clientOf("${writeRole}", new URL(baseURL ?? "").origin);`,
      `  const data = { ${samples.join(", ")} };`,
      `  const created = await client.post("/api/trpc/${entity}.create", { data });`,
      `  expect(created.status()).toBe(200);`,
      `  await client.dispose();`,
    ],
    // Pages that require a role are not in the header.
    readRole === "everyone"
      ? [
          `  await page.goto("/");`,
          `  await page.getByRole("navigation", { name: "Pages" }).getByRole("link", { name: "${label}" }).click();`,
        ]
      : `  await page.goto("${page?.path ?? ""}");`,
    `  await expect(page).toHaveURL("${page?.path ?? ""}");`,
    `  await expect(page.getByRole("heading", { name: "${label}" })).toBeVisible();`,
    writes("create")
      ? shown === undefined
        ? `  await expect(page.locator("tbody tr").first()).toBeVisible();`
        : `  await expect(page.getByRole("cell", { name: data.${shown.name} }).first()).toBeVisible();`
      : `  await expect(page.getByText("${filters.length > 0 ? `No ${words(plural)} found` : `No ${words(plural)} yet`}")).toBeVisible();`,
    `  for (const width of [320, 390, 1280]) {`,
    `    await page.setViewportSize({ width, height: 800 });`,
    `    const surplus = await page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);`,
    `    expect(surplus, \`at \${width} px\`).toBe(0);`,
    `  }`,
    `  expect(await accessibilityViolations(page)).toEqual([]);`,
    `});`,
  );
}
