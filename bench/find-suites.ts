import { readdirSync } from "node:fs";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import type { Suite } from "./suite";

/** What a suite may leave unsaid. */
const unsaid = { summary: "", quickSeconds: 120, fullSeconds: 600 };

function isSuite(value: unknown): value is Pick<Suite, "name" | "run"> {
  return typeof value === "object" && value !== null && "name" in value && "run" in value;
}

/** The suites of a folder, by name: what its files export as `suite`, or piece by piece. Throws for a file without one. */
export async function findSuites(folder: string): Promise<Suite[]> {
  const files = readdirSync(folder)
    .filter((file) => file.endsWith(".ts") && !file.endsWith(".test.ts"))
    .toSorted();
  const suites = await Promise.all(
    files.map(async (file): Promise<Suite> => {
      // What a module exports is known only when it is there.
      const exported = (await import(pathToFileURL(join(folder, file)).href)) as { suite?: unknown };
      const found = exported.suite ?? exported;
      if (!isSuite(found)) throw new Error(`${join(folder, file)} exports no suite.`);
      return { ...unsaid, ...found };
    }),
  );
  return suites.toSorted((a, b) => (a.name < b.name ? -1 : 1));
}
