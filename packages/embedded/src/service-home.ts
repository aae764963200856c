import { createHash } from "node:crypto";
import { chmodSync, mkdirSync } from "node:fs";
import { dirname, join } from "node:path";
import { ServiceError } from "./service-error";
import { userCanReach, type RunAs } from "./system-user";

export type ServiceHomeOptions = {
  user: RunAs;
  dataDir: string;
  /** Under which the data goes when the user may not enter `dataDir`; null when that is an error. */
  fallback: string | null;
  log: (line: string) => void;
};

/** The outermost folder on the way to `path` that the user may not enter; null when the way is free. */
async function blockingFolder(user: RunAs, path: string): Promise<string | null> {
  const ways: string[] = [];
  for (let way = path; way !== dirname(way); way = dirname(way)) ways.unshift(way);
  const free = await Promise.all(ways.map((way) => userCanReach(user, way)));
  return ways[free.indexOf(false)] ?? null;
}

/**
 * The folder the services keep their data in: `dataDir` itself wherever it can be. A clone of root's in /root cannot: the
 * services run as a system user, who may not enter. Their data then goes to a folder under `fallback` which belongs to this
 * `dataDir` alone, and `log` hears of it. Fails with a ServiceError that names the folder in the way and the cure.
 */
export async function serviceHome({ user, dataDir, fallback, log }: ServiceHomeOptions): Promise<string> {
  const blocking = await blockingFolder(user, dataDir);
  if (blocking === null) return dataDir;
  const home =
    fallback === null ? null : join(fallback, createHash("sha256").update(dataDir).digest("hex").slice(0, 12));
  if (home !== null) {
    const first = mkdirSync(home, { recursive: true });
    if (first !== undefined) for (const made of [home, dirname(home)]) chmodSync(made, 0o755);
  }
  if (home !== null && (await blockingFolder(user, home)) === null) {
    log(`The system user "postgres" may not enter ${blocking}: the data of Postgres and Redis is in ${home}.`);
    return home;
  }
  throw new ServiceError(
    `The data folder ${dataDir} lies under ${blocking}, which the system user "postgres" may not enter (EACCES), and Postgres does not run as root. Set DATA_DIR to a folder that everybody may enter, for example DATA_DIR=/var/lib/weir.`,
  );
}
