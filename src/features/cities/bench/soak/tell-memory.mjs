// Loaded into the server before its own code, with --expose-gc: on SIGUSR2 it collects all garbage and leaves in the file
// that the URL of this module names what outlived it, and what keeps the event loop.
import { renameSync, writeFileSync } from "node:fs";

const file = new URL(import.meta.url).searchParams.get("into") ?? "";

process.on("SIGUSR2", () => {
  // What the first one finalizes, the second one frees.
  globalThis.gc?.();
  globalThis.gc?.();
  /** @type {Record<string, number>} */
  const resources = {};
  for (const name of process.getActiveResourcesInfo()) resources[name] = (resources[name] ?? 0) + 1;
  writeFileSync(`${file}.part`, JSON.stringify({ ...process.memoryUsage(), resources }));
  renameSync(`${file}.part`, file);
});
