// Loaded into the server before its own code, with --expose-gc: on SIGUSR2 it forces a garbage collection and writes
// what survived, and the active resources of the event loop, to the file that this module's URL names.
import { renameSync, writeFileSync } from "node:fs";

const file = new URL(import.meta.url).searchParams.get("into") ?? "";

process.on("SIGUSR2", () => {
  // The second collection frees what the first one finalizes.
  globalThis.gc?.();
  globalThis.gc?.();
  /** @type {Record<string, number>} */
  const resources = {};
  for (const name of process.getActiveResourcesInfo()) resources[name] = (resources[name] ?? 0) + 1;
  writeFileSync(`${file}.part`, JSON.stringify({ ...process.memoryUsage(), resources }));
  renameSync(`${file}.part`, file);
});
