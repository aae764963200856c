import { lastLine, runProgram } from "./processes";
import { ServiceError } from "./service-error";

export type RedisBinary = {
  path: string;
  version: string;
};

type Log = (line: string) => void;

/** A source of the server program. Resolves to the binary, or to the reason why this source has none. */
type Source = (log: Log) => Promise<RedisBinary | string>;

const minVersion = "6.2";

/** Variables for the package managers; the rest of the environment is inherited. */
const quietly = ["DEBIAN_FRONTEND=noninteractive", "HOMEBREW_NO_AUTO_UPDATE=1", "NONINTERACTIVE=1"];

async function which(name: string): Promise<string | null> {
  const found = await runProgram("/bin/sh", ["-c", 'command -v "$0"', name]);
  return found.code === 0 ? found.output.trim() : null;
}

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
const byApt: Source = async (log) => {
  if (process.getuid?.() !== 0 || (await which("apt-get")) === null) return "apt-get needs Debian and root";
  log("Installing Redis with apt-get (package redis-tools) …");
  const install = (): ReturnType<typeof runProgram> =>
    runProgram("env", [...quietly, "apt-get", "install", "-y", "--no-install-recommends", "redis-tools"], {
      timeoutMs: 300_000,
    });
  let installed = await install();
  if (installed.code !== 0) {
    await runProgram("env", [...quietly, "apt-get", "update"], { timeoutMs: 300_000 });
    installed = await install();
  }
  return installed.code === 0 ? onPath(log) : `apt-get could not install redis-tools (${lastLine(installed.output)})`;
};

const byHomebrew: Source = async (log) => {
  if ((await which("brew")) === null) return "Homebrew is not installed";
  log("Installing Redis with Homebrew …");
  const installed = await runProgram("env", [...quietly, "brew", "install", "redis"], { timeoutMs: 600_000 });
  return installed.code === 0 ? onPath(log) : `brew could not install redis (${lastLine(installed.output)})`;
};

/**
 * Finds the program of a Redis or Valkey server: on PATH, else from apt-get (root on Debian) or Homebrew, each tried only
 * after those before it failed. `log` is called before each step that takes long.
 * Rejects with a ServiceError that lists what was tried.
 */
export async function findRedis(log: Log): Promise<RedisBinary> {
  const reasons: string[] = [];
  for (const find of [onPath, byApt, byHomebrew]) {
    const found = await find(log);
    if (typeof found !== "string") return found;
    reasons.push(found);
  }
  throw new ServiceError(
    `No Redis server found: ${reasons.join("; ")}. Install redis-server or valkey-server ${minVersion} or newer, or set REDIS_URL and QUEUE_REDIS_URL to use your own servers.`,
  );
}
