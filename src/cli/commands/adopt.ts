import type { IndexMeasurement, MeasuredList, TableReport, TableSearch, TouchTrigger } from "@weir/postgres";
import { type AdoptOptions, readAdoption } from "../adopt/adopted-spec";
import { describeLack, findLackingLists, helps } from "../adopt/index-advice";
import { renderCopy, renderTouch } from "../adopt/owner-files";
import { type Command, type CommandResult, type Invocation, textOption, UsageError } from "../command";
import type { FeatureSpec } from "../generate/feature-spec";
import { generateFeature, planFeature, readTaken, refuseExisting } from "../generate/generate-feature";
import { namesOf } from "../generate/names";
import { maxColumns } from "../generate/page-template";
import { triggerOf } from "../generate/service-templates";

/** What the command needs of Postgres. */
export type TableTools = {
  databaseUrl: () => Promise<string>;
  readTableName: (text: string) => { schema: string | null; name: string } | null;
  readTable: (url: string, named: { schema: string | null; name: string }) => Promise<TableSearch>;
  measureIndexes: (url: string, table: TableReport, lists: readonly MeasuredList[]) => Promise<IndexMeasurement[]>;
  touchTriggerSql: (trigger: TouchTrigger) => string;
};

/** Each builds an index on a copy. */
const maxMeasured = 12;

const bytes = (count: number): string =>
  count < 1024
    ? `${count} B`
    : count < 1024 ** 2
      ? `${Math.round(count / 1024)} KB`
      : `${Math.round(count / 1024 ** 2)} MB`;

function describeTable({
  schema,
  name,
  kind,
  rows,
  bytes: size,
  indexBytes,
  comment,
  partitionKey,
  owner,
  role,
}: TableReport): string {
  const counted = rows === null ? "not counted yet (ANALYZE counts it)" : `about ${rows.toLocaleString("en")} rows`;
  const parts = kind === "partitioned" ? `, partitioned by ${partitionKey ?? ""}` : "";
  const said = comment === null ? "" : ` Its comment: ${comment.split("\n")[0] ?? ""}`;
  return `${schema}.${name}: ${counted}, ${bytes(size)} and ${bytes(indexBytes)} of indexes${parts}; owner ${owner}, read as ${role}.${said}`;
}

function describeReads({ entity, orders, filters, adopted, fields, page }: FeatureSpec): string[] {
  const key = adopted?.key ?? [];
  const shown =
    page === null
      ? ""
      : ` The page ${page.path} shows ${fields.length > maxColumns ? `the first ${maxColumns} of them` : "them"}.`;
  return [
    `  ${entity}.${key.length === 1 ? "byId" : "byKey"}  one row by ${key.join(" and ")}`,
    `  ${entity}.list  in pages, ordered by ${orders.map(({ field, direction }) => `${field}${direction === "desc" ? " (last first)" : ""}`).join(", ")}${filters.length === 0 ? "" : `; filtered by ${filters.join(", ")}`}`,
    `  Each row has ${fields.length} ${fields.length === 1 ? "field" : "fields"}.${shown}`,
  ];
}

function decisions({ name, readRole }: FeatureSpec, table: TableReport, lacking: number): string[] {
  const folder = `src/features/${name}`;
  const may = table.rights.isOwner
    ? "your role owns the table and may apply it"
    : `${table.owner} owns the table and can apply it`;
  return [
    "Yours to decide:",
    `  1. The trigger (${folder}/touch.sql): ${may}. Until then, writes of other programs show when a response expires.`,
    `  2. Lifetimes (${folder}/service.ts): 10 seconds, then stale for 20. With the trigger, 5 minutes and an hour.`,
    lacking === 0
      ? "  3. Indexes: every list has one."
      : `  3. Indexes (${folder}/indexes.sql): ${lacking} ${lacking === 1 ? "list lacks" : "lists lack"} one. Create those that pay, or drop the list from service.ts.`,
    `  4. Who may read (${folder}/server.ts): ${readRole}.`,
  ];
}

async function adopt(
  root: string,
  tools: TableTools,
  text: string,
  options: AdoptOptions,
  isDryRun: boolean,
): Promise<CommandResult> {
  const named = tools.readTableName(text);
  if (named === null) {
    throw new UsageError(
      `Not the name of a table: ${JSON.stringify(text)}. Write shop.orders, orders or 'shop."Order Details"'.`,
    );
  }
  const url = await tools.databaseUrl();
  const search = await inTime(tools.readTable(url, named));
  if (search.table === null) {
    const near =
      search.similar.length === 0
        ? "The database has no tables of its own."
        : `There are ${search.similar.join(", ")}.`;
    throw new UsageError(`No table ${text} in the database ${new URL(url).pathname.slice(1)}. ${near}`);
  }
  const { spec, table, remarks } = readAdoption(search.table, options, await readTaken(root));
  refuseExisting(root, spec.name);

  const lists = findLackingLists(spec, table);
  const tried = lists.slice(0, maxMeasured).map((list) => list.measured);
  const measured = tried.length === 0 ? [] : await inTime(tools.measureIndexes(url, table, tried));
  const lacking = lists.map((list, index) => {
    const { before = null, ...rest } = measured[index] ?? unmeasured;
    const measurement: IndexMeasurement = { ...rest, before };
    return { list, measurement, lines: describeLack(list, measurement, table) };
  });
  const trigger = triggerOf(namesOf(spec));
  const more = new Map([
    ...renderCopy(spec, table),
    ["touch.sql", renderTouch(spec, table, tools.touchTriggerSql(trigger))],
  ]);
  if (lacking.length > 0) more.set("indexes.sql", renderIndexes(lacking));

  const summary = (head: string, files: readonly string[], edit: string): string =>
    [
      describeTable(table),
      "",
      head,
      ...files.map((file) => `  + ${file}`),
      edit,
      "",
      "It reads:",
      ...describeReads(spec),
      ...section(
        "Columns and indexes:",
        remarks.map((remark) => `  ${remark}`),
      ),
      ...lacking.flatMap(({ lines }) => ["", ...lines]),
      "",
      ...decisions(spec, table, lacking.length),
    ].join("\n");
  const data = {
    isDryRun,
    spec,
    table,
    remarks,
    trigger,
    indexes: lacking.map(({ list, measurement }) => ({ ...list, helps: helps(measurement), ...measurement })),
  };

  if (isDryRun) {
    const { sources, edit } = await planFeature(root, spec, more);
    const files = [...sources].map(
      ([path, source]) => `${path}  ${source.split("\n").length - 1} lines, ${bytes(Buffer.byteLength(source))}`,
    );
    return {
      text: summary(
        `The feature ${spec.name} would be these files. Nothing is changed yet.`,
        files,
        `  ${edit.path} would list it.`,
      ),
      data: { ...data, files: [...sources.keys()], edit },
    };
  }
  const { files, lines, edit } = await generateFeature(root, spec, more);
  return {
    text: [
      summary(
        `Wrote the feature ${spec.name}: ${files.length} files, ${lines} lines.`,
        files,
        `  ${edit.path} lists it.`,
      ),
      "",
      "Next:",
      "  npm run check",
      `  npm test -- src/features/${spec.name}`,
      "  npm start",
    ].join("\n"),
    data: { ...data, files, lines, edit },
  };
}

/** Rejects with a UsageError where Postgres ended a statement for its time. */
async function inTime<Result>(work: Promise<Result>): Promise<Result> {
  try {
    return await work;
  } catch (error) {
    const code = typeof error === "object" && error !== null && "code" in error ? error.code : null;
    if (code !== "57014" && code !== "55P03") throw error;
    const why = code === "57014" ? "took more than 15 seconds" : "waited for a lock on the table";
    throw new UsageError(`Postgres ${why}, and nothing was written. Try again when it is less busy.`);
  }
}

const unmeasured: IndexMeasurement = {
  before: null,
  after: null,
  copyBefore: null,
  how: null,
  copiedRows: null,
  problem: `only the first ${maxMeasured} are measured`,
};

const section = (title: string, lines: readonly string[]): string[] =>
  lines.length === 0 ? [] : ["", title, ...lines];

/** `indexes.sql`: the statements, each below what was measured. */
const renderIndexes = (lacking: readonly { list: { create: string[] }; lines: string[] }[]): string =>
  [
    "-- For the owner of the table: run what pays, one statement at a time and outside a transaction.",
    ...lacking.flatMap(({ list, lines }) => [
      "",
      ...lines.filter((line) => !list.create.includes(line.trim())).map((line) => `-- ${line}`),
      ...list.create,
    ]),
    "",
  ].join("\n");

function optionsOf(invocation: Invocation): AdoptOptions {
  const option = (name: string): string | undefined => textOption(invocation, name);
  return {
    name: option("name"),
    entity: option("entity"),
    columns: option("columns"),
    orders: option("orders"),
    filters: option("filters"),
    readRole: option("read-role"),
    page: option("page"),
    hasPage: invocation.values["no-page"] !== true,
  };
}

/** `npm run weir -- adopt table <name>`: a feature in the repository in this folder, over a table of the database. */
export const createAdoptCommand = (root: string, tools: TableTools): Command => ({
  name: "adopt",
  summary: "writes a feature over a table that you have: cached reads, lists, page, tests, and a trigger for its owner",
  usage: `Usage: npm run weir -- adopt table <table> [options] [--dry-run] [--json]

Reads the table from the database in DATABASE_URL, or the embedded one of a running npm start, and writes a feature that
reads it: cached reads by key, lists in pages for its indexes and foreign keys, a page and tests. The table is only read, here
and by the feature, and never migrated. Writing procedures are not generated.

  <table>               shop.orders, orders, or 'shop."Order Details"'
  --name <name>         of the feature. Default: the table's, in the plural
  --entity <name>       of one row, in camel case. Default: the singular
  --columns a,b         the columns to take besides the key. Default: all but those that look like secrets
  --orders a,b:desc     the orders of its list. Default: the key, and two that indexes lead with
  --filters a,b         columns to filter the list by, one at a time. Default: up to four foreign keys
  --read-role <role>    everyone, viewer, operator or admin. Default: viewer
  --page <path>         the path of its page. Default: /<name>; --no-page writes none
  --dry-run             shows files, mapped columns, index advice and decisions, and writes nothing

For a list that no index serves it prints CREATE INDEX CONCURRENTLY with the plans before and after: by HypoPG where that is
installed, else on a temporary copy of at most 50,000 rows. The table itself is not locked.

Example:
  npm run weir -- adopt table shop.orders --dry-run

Needs Postgres, and no Redis.`,
  options: {
    name: { type: "string" },
    entity: { type: "string" },
    columns: { type: "string" },
    orders: { type: "string" },
    filters: { type: "string" },
    "read-role": { type: "string" },
    page: { type: "string" },
    "no-page": { type: "boolean" },
    "dry-run": { type: "boolean" },
  },
  run: async (invocation) => {
    const [what, name, ...more] = invocation.positionals;
    if (what !== "table" || name === undefined || more.length > 0) {
      throw new UsageError("Name one table, for example: npm run weir -- adopt table shop.orders --dry-run");
    }
    return adopt(root, tools, name, optionsOf(invocation), invocation.values["dry-run"] === true);
  },
});
