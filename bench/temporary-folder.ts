import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { cleanUpOnDeath } from "@weir/embedded/cleanup-on-death";

/** Runs `work` in a folder of its own, which is gone afterwards, also when this process is killed meanwhile. */
export async function inTemporaryFolder<Result>(
  name: string,
  work: (folder: string) => Promise<Result>,
): Promise<Result> {
  const folder = mkdtempSync(join(tmpdir(), `weir-${name}-`));
  const cleanup = cleanUpOnDeath(folder);
  try {
    return await work(folder);
  } finally {
    rmSync(folder, { recursive: true, force: true, maxRetries: 5 });
    await cleanup.cancel();
  }
}
