import { runProgram } from "./processes";
import { ServiceError } from "./service-error";
import { installDebianPackages, type InstallOptions, installWithHomebrew, which } from "./system-packages";

export type RedisBinary = {
  path: string;
  version: string;
};

/** A source of the server program. Resolves to the binary, or to the reason why this source has none. */
type Source = (options: InstallOptions) => Promise<RedisBinary | string>;

const minVersion = "6.2";

const reason = "Redis is not installed";

/** Asks the program for its version. Debian's redis-check-rdb is the server too, depending on the name it is called by. */
async function identify(path: string): Promise<RedisBinary | string> {
  const { code, output } = await runProgram(path, ["--version"], { argv0: "redis-server", timeoutMs: 10_000 });
  const [, kind, major, minor] = /(Redis|Valkey) server v=(\d+)\.(\d+)/iu.exec(output) ?? [];
  if (code !== 0 || kind === undefined) return `${path} is not a Redis server`;
  const version = `${major}.${minor}`;
  const recent = kind.toLowerCase() === "valkey" || Number(major) > 6 || (Number(major) === 6 && Number(minor) >= 2);
  return recent ? { path, version } : `${path} is Redis ${version}, but ${minVersion} or newer is required`;
}

/** Ubuntu and others ship the program of the server in redis-tools as `redis-check-rdb`, without `redis-server`. */
const onPath: Source = async () => {
  const paths = await Promise.all(["redis-server", "valkey-server", "redis-check-rdb"].map(which));
  const results = await Promise.all(paths.filter((path) => path !== null).map(identify));
  const binary = results.find((result) => typeof result !== "string");
  return (
    binary ??
    [
      "no redis-server or valkey-server on PATH",
      ...results.filter((result) => typeof result === "string").slice(0, 2),
    ].join("; ")
  );
};

/** redis-tools, because redis-server would also start a system service. */
const byApt: Source = async (options) =>
  (await installDebianPackages({ packages: ["redis-tools"], reason }, options)) ?? onPath(options);

const byHomebrew: Source = async (options) =>
  (await installWithHomebrew({ packages: ["redis"], reason }, options)) ?? onPath(options);

/**
 * Finds the program of a Redis or Valkey server: on PATH, else from apt-get (root on Debian) or Homebrew where `policy`
 * allows it, each tried only after those before it failed. Rejects with a ServiceError that lists what was tried.
 */
export async function findRedis(
  options: InstallOptions = { policy: "never", log: () => undefined },
): Promise<RedisBinary> {
  const reasons: string[] = [];
  for (const find of [onPath, byApt, byHomebrew]) {
    const found = await find(options);
    if (typeof found !== "string") return found;
    reasons.push(found);
  }
  throw new ServiceError(
    `No Redis server found: ${reasons.join("; ")}. Install Redis or Valkey ${minVersion} or newer (Debian and Ubuntu: redis-tools; others: redis or valkey), or set REDIS_URL and QUEUE_REDIS_URL to use your own servers.`,
  );
}
