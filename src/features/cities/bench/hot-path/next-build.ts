import { existsSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { sourceHash } from "@/dev/bootstrap/source-hash.js";
import { plainEnvironment, runProgram } from "@weir/embedded/processes";

const peers = join(import.meta.dirname, "../../../../../bench/peers");
const repository = join(import.meta.dirname, "../../../../..");
export const nextFolder = join(peers, "next-trpc");
const stamp = join(nextFolder, ".next/bench.stamp");

/** Builds the Next rival for production, unless a build of the same sources and packages exists. */
export async function buildNext(log: (text: string) => void): Promise<void> {
  const sources = ["next-trpc/app", "next-trpc/next.config.mjs", "trpc-router.mjs", "read-settings.mjs"];
  const hash = sourceHash([...sources.map((file) => join(peers, file)), join(repository, "package-lock.json")]);
  if (existsSync(stamp) && readFileSync(stamp, "utf8") === hash) return;
  log("Building the Next rival (kept for later runs) …");
  rmSync(stamp, { force: true });
  const { code, output } = await runProgram(
    process.execPath,
    [join(repository, "node_modules/next/dist/bin/next"), "build"],
    {
      cwd: nextFolder,
      env: { ...plainEnvironment, NEXT_TELEMETRY_DISABLED: "1" },
      timeoutMs: 180_000,
    },
  );
  if (code !== 0) throw new Error(`The Next rival could not be built:\n${output}`);
  writeFileSync(stamp, hash);
}
