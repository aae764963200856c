import type { TemporaryServices } from "@weir/embedded";
import { freePort } from "@weir/embedded/processes";
import { type ServerProcess, startServer } from "../../../../../bench/process/server-process";
import { nextFolder } from "./next-build";

/** The servers to measure, each a separate process. Brackets list what is disabled in Weir. */
export const serverNames = [
  "Weir api",
  "Weir all",
  "Weir api (l1)",
  "Weir api (l1,l2,single-flight)",
  "Weir api (l1,l2,single-flight,batching)",
  "Weir all (l1,l2,single-flight)",
  "node:http",
  "node:http by hand",
  "tRPC standalone",
  "tRPC in Next",
  "FastAPI",
] as const;
export type ServerName = (typeof serverNames)[number];

/** The same for all: connections to Postgres. */
export const poolMax = 10;

type Launch = {
  file: string;
  args: (port: number) => readonly string[];
  cwd?: string;
  env?: (port: number) => Record<string, string>;
  readyPath: string;
};

export type ServerFiles = {
  /** The settings of the rivals. */
  settings: string;
  /** The responses that plain node:http repeats. */
  answers: string;
};

const here = import.meta.dirname;
const peer = (file: string, argument: string, readyPath: string): Launch => ({
  file: process.execPath,
  args: (port) => [`${here}/../../../../../bench/peers/${file}`, String(port), argument],
  readyPath,
});

function weir(services: TemporaryServices, role: string, disabled: string): Launch {
  return {
    file: process.execPath,
    args: () => ["dist/main.js", "--role", role],
    env: (port) => ({
      PORT: String(port),
      DATABASE_URL: services.databaseUrl,
      DATABASE_POOL_MAX: String(poolMax),
      REDIS_URL: services.redisUrl,
      QUEUE_REDIS_URL: services.queueRedisUrl,
      // Each is its own fleet, isolated from the others.
      KEY_PREFIX: `${role}-${disabled.replaceAll(",", ".")}:`,
      DATA_DIR: `${services.folder}/${role}-${disabled}`,
      WEIR_DISABLE: disabled,
      // All load comes from one address.
      LIMIT_COLD_KEYS: "999999999",
      AUTH_SECRET: "a secret that only this benchmark uses",
      NEXT_TELEMETRY_DISABLED: "1",
    }),
    readyPath: "/readyz",
  };
}

function launches(services: TemporaryServices, files: ServerFiles): Record<ServerName, Launch> {
  const cacheOff = "l1,l2,single-flight";
  const host = ["--host", "127.0.0.1"];
  return {
    "Weir api": weir(services, "api", ""),
    "Weir all": weir(services, "all", ""),
    "Weir api (l1)": weir(services, "api", "l1"),
    "Weir api (l1,l2,single-flight)": weir(services, "api", cacheOff),
    "Weir api (l1,l2,single-flight,batching)": weir(services, "api", `${cacheOff},batching`),
    "Weir all (l1,l2,single-flight)": weir(services, "all", cacheOff),
    "node:http": peer("plain-http.mjs", files.answers, "/constant"),
    "node:http by hand": peer("by-hand.mjs", files.settings, "/ready"),
    "tRPC standalone": peer("trpc-standalone.mjs", files.settings, "/constant"),
    "tRPC in Next": {
      file: process.execPath,
      args: (port) => [
        `${here}/../../../../../node_modules/next/dist/bin/next`,
        "start",
        "-p",
        String(port),
        "-H",
        "127.0.0.1",
      ],
      cwd: nextFolder,
      env: () => ({ PEER_SETTINGS: files.settings, NEXT_TELEMETRY_DISABLED: "1" }),
      readyPath: "/api/trpc/constant",
    },
    FastAPI: {
      file: "/usr/bin/python3",
      args: (port) =>
        ["-m", "uvicorn", "app:app", ...host, "--port", String(port)].concat([
          "--loop",
          "uvloop",
          "--http",
          "httptools",
          "--no-access-log",
          "--log-level",
          "warning",
        ]),
      cwd: `${here}/../../../../../bench/peers/fastapi`,
      env: () => ({ PEER_SETTINGS: files.settings, PYTHONDONTWRITEBYTECODE: "1" }),
      readyPath: "/ready",
    },
  };
}

/** Starts one of them and waits until it serves. */
export async function startNamed(
  name: ServerName,
  services: TemporaryServices,
  files: ServerFiles,
): Promise<ServerProcess> {
  const launch = launches(services, files)[name];
  const port = await freePort();
  return startServer({
    name,
    file: launch.file,
    args: launch.args(port),
    cwd: launch.cwd,
    env: launch.env?.(port),
    port,
    readyPath: launch.readyPath,
    pidFolder: services.folder,
  });
}
