import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { cleanUpOnDeath } from "@weir/embedded/cleanup-on-death";

/** Runs `work` in a temporary folder, which is removed afterwards, even when this process is killed. */
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
