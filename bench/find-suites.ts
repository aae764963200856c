import { readdirSync } from "node:fs";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import type { Suite } from "./suite";

/** The defaults of a suite. */
const unsaid = { summary: "", quickSeconds: 120, fullSeconds: 600 };

function isSuite(value: unknown): value is Pick<Suite, "name" | "run"> {
  return typeof value === "object" && value !== null && "name" in value && "run" in value;
}

/** The suites of a folder, by name: what its files export as `suite`, or as single exports. Throws for a file without a suite. */
export async function findSuites(folder: string): Promise<Suite[]> {
  const files = readdirSync(folder)
    .filter((file) => file.endsWith(".ts") && !file.endsWith(".test.ts"))
    .toSorted();
  const suites = await Promise.all(
    files.map(async (file): Promise<Suite> => {
      // Exports are known only after the import.
      const exported = (await import(pathToFileURL(join(folder, file)).href)) as { suite?: unknown };
      const found = exported.suite ?? exported;
      if (!isSuite(found)) throw new Error(`${join(folder, file)} exports no suite.`);
      return { ...unsaid, ...found };
    }),
  );
  return suites.toSorted((a, b) => (a.name < b.name ? -1 : 1));
}
