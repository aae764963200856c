import { createInterface } from "node:readline/promises";
import { type Command, type CommandResult, type Invocation, textOption, UsageError } from "../command";
import { type FeatureOptions, type FeatureSpec, readSpec } from "../generate/feature-spec";
import { fieldTypes } from "../generate/field-types";
import { generateFeature, planFeature, readTaken, refuseExisting } from "../generate/generate-feature";

/** The decisions that no generator can make, each with its place. */
function decisions({ name, entity, orders, filters, readRole, writeRole, mutations }: FeatureSpec): string[] {
  const lists = (filters.length + 1) * orders.length;
  const folder = `src/features/${name}`;
  const writers = mutations.length === 0 ? "nothing can be written" : `${mutations.join(", ")}: ${writeRole}`;
  return [
    "Three things are yours to decide:",
    `  1. Indexes (${folder}/schema.ts): one for each of the ${lists} ${lists === 1 ? "list" : "lists"}. Drop those that no page reads; every write pays for each.`,
    `  2. Lifetimes (${folder}/service.ts): fresh for 5 minutes, stale for an hour. Writes through ${entity}.* invalidate at once; shorten`,
    "     them only if other programs write the table without invalidating.",
    `  3. Who may call (${folder}/server.ts): reads: ${readRole}; ${writers}.`,
  ];
}

const next = (name: string): string[] => [
  "",
  "Next:",
  "  npm run check",
  `  npm test -- src/features/${name}`,
  "  npm start",
];

async function newFeature(
  root: string,
  name: string,
  options: FeatureOptions,
  isDryRun: boolean,
): Promise<CommandResult> {
  refuseExisting(root, name);
  const spec = readSpec(name, options, await readTaken(root));
  if (isDryRun) {
    const { sources, edit } = await planFeature(root, spec);
    const files = [...sources.keys(), `src/features/${name}/migrations/0000_${name.replaceAll("-", "_")}.sql`];
    return {
      text: [
        `The feature ${name} would be written to these files. Nothing is changed yet.`,
        "",
        ...files.map((path) => `  + ${path}`),
        "",
        `  ${edit.path} would list it.`,
        "",
        ...decisions(spec),
      ].join("\n"),
      data: { isDryRun, spec, files, edit },
    };
  }
  const { files, lines, edit } = await generateFeature(root, spec);
  return {
    text: [
      `Wrote the feature ${name}: ${files.length} files, ${lines} lines.`,
      "",
      ...files.map((path) => `  + ${path}`),
      "",
      `  ${edit.path} lists it.`,
      "",
      ...decisions(spec),
      ...next(name),
    ].join("\n"),
    data: { isDryRun, spec, files, lines, edit },
  };
}

/** Prompts for missing options. */
async function ask(name: string): Promise<FeatureOptions> {
  const lines = createInterface({ input: process.stdin, output: process.stderr });
  const question = async (text: string, preset: string): Promise<string> => {
    const answer = (await lines.question(preset === "" ? `${text}: ` : `${text} [${preset}]: `)).trim();
    return answer === "" ? preset : answer;
  };
  try {
    const fields = await question(
      `Fields of ${name}, each a name and one of ${Object.keys(fieldTypes).join(", ")}, with a question mark where it is optional, such as title:text,total:integer,paidAt:timestamp?`,
      "",
    );
    const orders = await question("Orders of its list, such as total:desc,title", "");
    const filters = await question("Fields to filter the list by", "");
    const stats = await question("Fields to sum", "");
    const mutations = await question("Mutations: create, update, remove or none", "create,update,remove");
    const readRole = await question("Who may read: everyone, viewer, operator, admin", "everyone");
    const writeRole = await question("Who may write: operator, admin", "operator");
    const page = await question("Path of its page, or none", `/${name}`);
    return { fields, orders, filters, stats, mutations, readRole, writeRole, page, hasPage: page !== "none" };
  } finally {
    lines.close();
  }
}

function optionsOf(invocation: Invocation, fields: string): FeatureOptions {
  const option = (name: string): string | undefined => textOption(invocation, name);
  return {
    fields,
    entity: option("entity"),
    orders: option("orders"),
    filters: option("filters"),
    stats: option("stats"),
    mutations: option("mutations"),
    readRole: option("read-role"),
    writeRole: option("write-role"),
    page: option("page"),
    hasPage: invocation.values["no-page"] !== true,
  };
}

/** `npm run weir -- new feature <name>` in the repository in this folder. */
export const createNewCommand = (root: string): Command => ({
  name: "new",
  summary: "writes a feature: contract, table, migration, cached reads, lists, writes, page and tests",
  usage: `Usage: npm run weir -- new feature <name> --fields <list> [options] [--dry-run] [--json]

Writes src/features/<name>, which passes npm run check and its own tests as it is, and adds it to src/features/index.ts. At a
terminal, without --fields, it asks.

  --fields title:text,total:integer,paidAt:timestamp?
                        names in camel case and types: ${Object.keys(fieldTypes).join(", ")}; ? makes one optional
  --orders total:desc,title
                        the orders of its list; the first is the default. Default: the first field that has an order
  --filters customer    fields that the list can be filtered by, one at a time; each pair of filter and order gets an index
  --stats total         fields whose sum and mean are cached, overall and for each filter
  --mutations <list>    create, update, remove, or none. Default: all three
  --read-role <role>    everyone, viewer, operator or admin. Default: everyone
  --write-role <role>   operator or admin. Default: operator
  --entity <name>       the name of one row, in camel case. Default: the singular of <name>
  --page <path>         the path of its page. Default: /<name>; --no-page writes none
  --dry-run             shows the files, and changes nothing

Example:
  npm run weir -- new feature orders --fields customer:text,total:integer,placedAt:timestamp \\
    --orders placedAt:desc,total:desc --filters customer --stats total

Does not need Postgres or Redis.`,
  options: {
    fields: { type: "string" },
    entity: { type: "string" },
    orders: { type: "string" },
    filters: { type: "string" },
    stats: { type: "string" },
    mutations: { type: "string" },
    "read-role": { type: "string" },
    "write-role": { type: "string" },
    page: { type: "string" },
    "no-page": { type: "boolean" },
    "dry-run": { type: "boolean" },
  },
  run: async (invocation) => {
    const [what, name, ...more] = invocation.positionals;
    if (what !== "feature" || name === undefined || more.length > 0) {
      throw new UsageError(
        "Name one feature, for example: npm run weir -- new feature orders --fields title:text,total:integer",
      );
    }
    const fields = textOption(invocation, "fields");
    if (fields === undefined && !process.stdin.isTTY)
      throw new UsageError("Give the fields: --fields title:text,total:integer");
    const options = fields === undefined ? await ask(name) : optionsOf(invocation, fields);
    return newFeature(root, name, options, invocation.values["dry-run"] === true);
  },
});
