import { lastLine, runProgram } from "./run-program";
import { messageOf, ServiceError } from "./service-error";

export type RedisBinary = {
  path: string;
  version: string;
};

export type Log = (line: string) => void;

/** A way to a server's program. Resolves to the binary, or to the reason why this way leads nowhere. */
type Way = (log: Log) => Promise<RedisBinary | string>;

const leastVersion = "6.2";

/** What the environment of a package manager has to say; the rest is inherited. */
const quietly = ["DEBIAN_FRONTEND=noninteractive", "HOMEBREW_NO_AUTO_UPDATE=1", "NONINTERACTIVE=1"];

async function which(name: string): Promise<string | null> {
  const found = await runProgram("/bin/sh", ["-c", 'command -v "$0"', name]);
  return found.code === 0 ? found.output.trim() : null;
}

/** Asks the program who it is. Debian's redis-check-rdb is the server too and goes by the name it is called by. */
async function identify(path: string): Promise<RedisBinary | string> {
  const { code, output } = await runProgram(path, ["--version"], { argv0: "redis-server", timeoutMs: 10_000 });
  const [, kind, major, minor] = /(Redis|Valkey) server v=(\d+)\.(\d+)/iu.exec(output) ?? [];
  if (code !== 0 || kind === undefined) return `${path} is no Redis server`;
  const version = `${major}.${minor}`;
  const recent = kind.toLowerCase() === "valkey" || Number(major) > 6 || (Number(major) === 6 && Number(minor) >= 2);
  return recent ? { path, version } : `${path} is Redis ${version}, and ${leastVersion} is the least that will do`;
}

/** Ubuntu and others let `redis-server` be absent and ship its program in redis-tools as `redis-check-rdb`. */
const onPath: Way = async () => {
  const paths = await Promise.all(["redis-server", "valkey-server", "redis-check-rdb"].map(which));
  const answers = await Promise.all(paths.filter((path) => path !== null).map(identify));
  const binary = answers.find((answer) => typeof answer !== "string");
  return (
    binary ??
    [
      "no redis-server or valkey-server on PATH",
      ...answers.filter((answer) => typeof answer === "string").slice(0, 2),
    ].join("; ")
  );
};

/** redis-tools and not redis-server: the latter would leave a system service running that nobody asked for. */
const byApt: Way = async (log) => {
  if (process.getuid?.() !== 0 || (await which("apt-get")) === null) return "apt-get is for root on Debian";
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

const byHomebrew: Way = async (log) => {
  if ((await which("brew")) === null) return "Homebrew is not installed";
  log("Installing Redis with Homebrew …");
  const installed = await runProgram("env", [...quietly, "brew", "install", "redis"], { timeoutMs: 600_000 });
  return installed.code === 0 ? onPath(log) : `brew could not install redis (${lastLine(installed.output)})`;
};

const byPackage: Way = async (log) => {
  try {
    const { RedisBinary: builder } = await import("redis-memory-server");
    log("Building Redis from its sources (package redis-memory-server); this takes some minutes once …");
    return await identify(await builder.getPath());
  } catch (error) {
    return `the npm package redis-memory-server could not build one (${lastLine(messageOf(error))})`;
  }
};

/**
 * The program of a Redis or Valkey server: on PATH, else from apt-get (root on Debian), Homebrew or the npm package
 * redis-memory-server, each tried only when those before it led nowhere. `log` hears of everything that takes long.
 * Fails with a ServiceError that lists the ways.
 */
export async function findRedis(log: Log): Promise<RedisBinary> {
  const reasons: string[] = [];
  for (const way of [onPath, byApt, byHomebrew, byPackage]) {
    const found = await way(log);
    if (typeof found !== "string") return found;
    reasons.push(found);
  }
  throw new ServiceError(
    `No Redis server was found: ${reasons.join("; ")}. Install redis-server or valkey-server ${leastVersion} or newer, or set REDIS_URL and QUEUE_REDIS_URL to servers of your own.`,
  );
}
