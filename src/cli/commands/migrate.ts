import { inspectAll, migrateAll, type OwnedState } from "@/server/migrations";
import type { FeatureServers } from "@/server/rpc/feature-server";
import { type Command, type CommandResult, textOption, UsageError } from "../command";
import { tablesOf } from "../remove/drop-tables";

const quote = (name: string): string => `"${name.replaceAll('"', '""')}"`;

/** What a role needs in order to run Weir, apart from migrating: one statement per line. */
async function grants(role: string, features: FeatureServers): Promise<string[]> {
  const folders = Object.values(features).flatMap(({ migrations }) => migrations ?? []);
  const ofFeatures = (await Promise.all(folders.map(tablesOf))).flat();
  const schemas = new Set(["weir", ...ofFeatures.map(({ schema }) => schema).filter((schema) => schema !== "")]);
  const unqualified = ofFeatures.filter(({ schema }) => schema === "").map(({ name }) => quote(name));
  const to = `TO ${quote(role)};`;
  const rows = "SELECT, INSERT, UPDATE, DELETE";
  return [
    ...[...schemas].flatMap((name) => {
      const schema = quote(name);
      return [
        `GRANT USAGE ON SCHEMA ${schema} ${to}`,
        `GRANT ${rows} ON ALL TABLES IN SCHEMA ${schema} ${to}`,
        `GRANT USAGE ON ALL SEQUENCES IN SCHEMA ${schema} ${to}`,
        `GRANT EXECUTE ON ALL FUNCTIONS IN SCHEMA ${schema} ${to}`,
        `ALTER DEFAULT PRIVILEGES IN SCHEMA ${schema} GRANT ${rows} ON TABLES ${to}`,
        `ALTER DEFAULT PRIVILEGES IN SCHEMA ${schema} GRANT USAGE ON SEQUENCES ${to}`,
        `ALTER DEFAULT PRIVILEGES IN SCHEMA ${schema} GRANT EXECUTE ON FUNCTIONS ${to}`,
      ];
    }),
    ...(unqualified.length === 0 ? [] : [`GRANT ${rows} ON ${unqualified.join(", ")} ${to}`]),
  ];
}

function describe({ owner, applied, pending, late, changed, unknown }: OwnedState, isDone: boolean): string[] {
  const of = (names: readonly string[], text: string): string[] => names.map((name) => `  ${name}: ${text}`);
  const verb = isDone ? "applied" : "to be applied";
  const lateNames = new Set(late);
  return [
    `${owner}: ${applied.length} applied before, ${pending.length} ${verb}`,
    ...pending.map((name) => `  ${name}: ${verb}${lateNames.has(name) ? ", after a later migration" : ""}`),
    ...of(changed, "changed after it was applied; restore its file"),
    ...of(unknown, "applied by another release"),
  ];
}

type Tools = { features: FeatureServers; databaseUrl: () => Promise<string> };

async function migrate({ features, databaseUrl }: Tools, isDryRun: boolean): Promise<CommandResult> {
  const url = await databaseUrl();
  const states = isDryRun ? await inspectAll(url, features) : await migrateAll(url, features);
  const text = states.flatMap((state) => describe(state, !isDryRun)).join("\n");
  return { text, data: { ok: states.every(({ changed }) => changed.length === 0), isDryRun, owners: states } };
}

export const createMigrateCommand = (tools: Tools): Command => ({
  name: "migrate",
  summary: "applies pending migrations of the platform and every feature, or lists them",
  usage: `Usage: npm run weir -- migrate [--dry-run] [--json]
       npm run weir -- migrate --grants ROLE

Applies what the database of DATABASE_URL lacks, whatever MIGRATE says. A migration that was changed after it had been
applied is refused with its name; one that a merge brought late is applied.

  --dry-run       shows what would be applied, and changes nothing
  --grants ROLE   prints the statements that let ROLE run Weir on a migrated database, and changes nothing

Needs Postgres only.`,
  options: { "dry-run": { type: "boolean" }, grants: { type: "string" } },
  readsOnly: true,
  run: async (invocation) => {
    if (invocation.positionals.length > 0) throw new UsageError("migrate takes options only.");
    const role = textOption(invocation, "grants");
    if (role === undefined) return migrate(tools, invocation.values["dry-run"] === true);
    const statements = await grants(role, tools.features);
    return { text: statements.join("\n"), data: { role, statements } };
  },
});
