import { type Command, type CommandResult, UsageError } from "../command";
import { nextMigration } from "../remove/drop-tables";
import { applyRemoval, type Edit, type FeatureRemoval, planRemoval } from "../remove/feature-removal";

/** The removed and added lines, without unchanged ones. */
function difference({ path, before, after }: Edit): string[] {
  const [old, now] = [before, after].map((text) => text.split("\n").filter((line) => line.trim() !== ""));
  const [kept, made] = [new Set(now), new Set(old)];
  const gone = (old ?? []).filter((line) => !kept.has(line)).map((line) => `  - ${line.trim()}`);
  const added = (now ?? []).filter((line) => !made.has(line)).map((line) => `  + ${line.trim()}`);
  return [`${path}${before === "" ? " (new)" : ""}`, ...gone, ...added];
}

function steps({ feature, edits }: FeatureRemoval): string[] {
  const file = edits.find(({ path }) => path.startsWith("drizzle/later/"))?.path;
  if (file === undefined) return ["It has no tables of its own, so nothing in Postgres changes."];
  return [
    "Its tables are dropped in two steps, because nodes of the previous release still use them:",
    `  1. Now the code stops using them. ${file} is written and not applied; nothing is dropped.`,
    `  2. When every node runs the new release: npm run weir -- remove feature ${feature} --drop`,
    "     makes that file the next migration, which the next start applies.",
  ];
}

function describe(removal: FeatureRemoval, { isDone, left }: { isDone: boolean; left: readonly string[] }): string {
  const { feature, files, edits, importers, documents } = removal;
  return [
    isDone
      ? `Removed the feature ${feature}.`
      : `Removing the feature ${feature} would change this. Nothing is changed yet.`,
    "",
    `Deleted files (${files.length})`,
    ...files.map((path) => `  - ${path}`),
    "",
    ...edits.flatMap((edit) => [...difference(edit), ""]),
    ...(importers.length === 0
      ? []
      : ["These files import it too. Change them by hand:", ...importers.map((path) => `  ${path}`), ""]),
    ...steps(removal),
    ...(documents.length === 0
      ? []
      : ["", "These documents name files of it. Edit them by hand:", ...documents.map((path) => `  ${path}`)]),
    ...(left.length === 0 ? [] : ["", "These commands failed. Run them by hand:", ...left.map((line) => `  ${line}`)]),
  ].join("\n");
}

async function removeFeature(root: string, name: string, isDryRun: boolean, isForced: boolean): Promise<CommandResult> {
  const removal = await planRemoval(root, name, isForced);
  const left = isDryRun ? [] : await applyRemoval(root, removal);
  const { files, edits, packages, importers, documents } = removal;
  return {
    text: describe(removal, { isDone: !isDryRun, left }),
    data: { feature: name, isDryRun, files, edits, packages, importers, documents, commandsLeft: left },
  };
}

async function dropFeature(root: string, name: string, isDryRun: boolean): Promise<CommandResult> {
  const migration = await nextMigration(root, name, Date.now());
  if (migration === null) {
    throw new UsageError(
      `drizzle/later/drop_${name}.sql does not exist. Remove the feature first: npm run weir -- remove feature ${name}`,
    );
  }
  const { path, sql, write } = migration;
  if (!isDryRun) await write();
  const text = `${isDryRun ? "Would write" : "Wrote"} ${path}, which the next start applies:\n\n${sql}`;
  return { text, data: { feature: name, isDryRun, path, sql } };
}

/** `npm run weir -- remove feature <name>` on the repository in this folder. */
export const createRemoveCommand = (root: string): Command => ({
  name: "remove",
  summary: "removes a feature: its folder, its entry in the list and, in two steps, its tables",
  usage: `Usage: npm run weir -- remove feature <name> [--dry-run] [--force] [--json]
       npm run weir -- remove feature <name> --drop [--dry-run] [--json]

Deletes src/features/<name> and its entry in src/features/index.ts, removes npm packages that nothing else imports, and
regenerates the tables of the docs. Its tables in Postgres are dropped in two steps:

  1. drizzle/later/drop_<name>.sql is written. Nothing is dropped yet, so nodes of the previous release keep running.
  2. When every node runs the new release, --drop makes that file the next migration, which the next start applies.

  --dry-run   shows the deleted files and changed lines, and changes nothing
  --force     removes it even with uncommitted changes
  --drop      runs the second step

Does not need Postgres or Redis.`,
  options: { "dry-run": { type: "boolean" }, force: { type: "boolean" }, drop: { type: "boolean" } },
  run: async ({ positionals, values }) => {
    const [what, name, ...more] = positionals;
    if (what !== "feature" || name === undefined || more.length > 0) {
      throw new UsageError("Specify one feature, for example: npm run weir -- remove feature orders --dry-run");
    }
    const isDryRun = values["dry-run"] === true;
    return values["drop"] === true
      ? dropFeature(root, name, isDryRun)
      : removeFeature(root, name, isDryRun, values["force"] === true);
  },
});
