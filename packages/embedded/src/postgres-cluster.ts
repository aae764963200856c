import { randomUUID } from "node:crypto";
import { chmodSync, chownSync, existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import type { PostgresBinaries } from "./postgres-binaries";
import { lastWords, plainEnvironment, runProgram } from "./run-program";
import { explainFullDisk, ServiceError } from "./service-error";
import type { RunAs } from "./system-user";

const majorVersion = "18";

function removeLeftovers(cluster: string): void {
  for (const name of readdirSync(dirname(cluster))) {
    if (name.startsWith(`${basename(cluster)}.new-`))
      rmSync(join(dirname(cluster), name), { recursive: true, force: true, maxRetries: 5 });
  }
}

/**
 * Makes the folder of the database cluster where there is none. It is filled beside its place and moved there when it is
 * whole, so that an initdb which died leaves nothing that looks like a cluster.
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
      `The folder ${cluster} was made by Postgres ${version}, and this is ${majorVersion}. Move it away, or set DATA_DIR to another folder.`,
    );
  }
  if (existsSync(cluster)) {
    if (readdirSync(cluster).length > 0) {
      throw new ServiceError(
        `The folder ${cluster} is not empty and holds no Postgres data. Move it away, or set DATA_DIR to another folder.`,
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
  const made = await runProgram(binaries.initdb, durable ? args : [...args, "--no-sync"], {
    ...user,
    cwd: fresh,
    env: plainEnvironment,
  });
  if (made.code !== 0) {
    rmSync(fresh, { recursive: true, force: true });
    const said = made.output.replaceAll(/^initdb: (?:removing|data directory|changed|child process).*$/gmu, "");
    throw explainFullDisk(new ServiceError(`initdb could not make ${cluster}: ${lastWords(said)}`), cluster);
  }
  renameSync(fresh, cluster);
}
