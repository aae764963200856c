import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { freePort, processIsAlive, waitUntil } from "@weir/embedded/processes";
import type { Role } from "@/server/auth/contract";
import { type LiveMemory, readLiveMemory, tellingMemory } from "../process/live-memory";
import { type ServerProcess, startServer } from "../process/server-process";
import { ask, type Ask, type Reply } from "./client";
import { type Procedure } from "./procedures";
import { startProxies, type Proxies } from "./proxies";

/** The limits that the server is started with: short, so that an attack that waits for one takes seconds. */
export const siegeLimits = { headersMs: 2_000, requestMs: 4_000, keepAliveMs: 2_500, stalledStreamMs: 3_000 };

const metricsToken = "a metrics token of the siege";
const passwords: Readonly<Record<Role, string>> = {
  viewer: "quiet harbour seven lamps",
  operator: "green ladder over stone",
  admin: "copper kettle in snowfall",
};

export type Target = {
  port: number;
  /** As the browser of a user sees it. */
  origin: string;
  pid: number;
  /** Null where no nginx is installed. */
  proxies: Proxies | null;
  hasPages: boolean;
  procedures: readonly Procedure[];
  /** A signed-in user of each role. */
  users: Readonly<Record<Role, SiegeUser>>;
  ask: (given: Ask) => Promise<Reply>;
  /** Open file descriptors of the server. */
  descriptors: () => number;
  residentMb: () => number;
  /** What survives a full collection, and what keeps the event loop alive. */
  liveMemory: () => Promise<LiveMemory>;
  /** Lines of the log so far, and those that are no JSON record. */
  log: () => { lines: number; strange: readonly string[] };
  /** The server's own metrics as text. */
  metrics: () => Promise<string>;
  isAlive: () => boolean;
  /** Sends SIGTERM. Resolves with how long the server took to end, in ms; null when it had to be killed. May be called again. */
  stop: () => Promise<number | null>;
};

export type SiegeUser = { email: string; password: string; cookie: string };

export type TargetOptions = {
  /** The program with its arguments; it is started by this Node. */
  program: readonly string[];
  cwd?: string;
  env: Readonly<Record<string, string>>;
  hasPages: boolean;
  procedures: readonly Procedure[];
  /** A folder for PID files, logs and the configuration of nginx. */
  folder: string;
};

/** Starts the server with one user per role, and nginx in front of it where it is installed. */
export async function openTarget(options: TargetOptions): Promise<Target> {
  const { program, cwd, hasPages, procedures, folder } = options;
  const port = await freePort();
  const memoryFile = join(folder, "live-memory.json");
  const origin = `http://127.0.0.1:${port}`;
  const log = createLogReader();
  const server = await startServer({
    name: "besieged",
    file: process.execPath,
    args: [...tellingMemory(memoryFile), ...program],
    ...(cwd === undefined ? {} : { cwd }),
    env: {
      PORT: String(port),
      ADMIN_EMAIL: "admin@siege.example",
      ADMIN_PASSWORD: passwords.admin,
      METRICS_TOKEN: metricsToken,
      // nginx connects from here, and so does the usual client; attackers connect from other addresses of the machine.
      TRUSTED_PROXIES: "127.0.0.1",
      LIMIT_HEADERS_MS: String(siegeLimits.headersMs),
      LIMIT_REQUEST_MS: String(siegeLimits.requestMs),
      LIMIT_KEEP_ALIVE_MS: String(siegeLimits.keepAliveMs),
      LIMIT_STALLED_STREAM_MS: String(siegeLimits.stalledStreamMs),
      LOG_FORMAT: "json",
      NEXT_TELEMETRY_DISABLED: "1",
      ...options.env,
    },
    port,
    readyPath: "/readyz",
    pidFolder: folder,
    onStderr: log.read,
  });
  const { pid } = server;
  const askHere = (given: Ask): Promise<Reply> => ask(port, given);
  let proxies: Proxies | null = null;
  try {
    proxies = await startProxies(port, folder);
    const admin = await signIn(askHere, origin, "admin@siege.example", passwords.admin);
    const users = {
      admin,
      viewer: await addUser(askHere, origin, admin, "viewer"),
      operator: await addUser(askHere, origin, admin, "operator"),
    };
    const inFront = proxies;
    let stopping: Promise<number | null> | null = null;
    return {
      port,
      origin,
      pid,
      proxies: inFront,
      hasPages,
      procedures,
      users,
      ask: askHere,
      descriptors: () => readdirSync(`/proc/${pid}/fd`).length,
      residentMb: () => residentMb(pid),
      liveMemory: () => readLiveMemory(pid, memoryFile),
      log: log.sum,
      metrics: async () =>
        (await askHere({ path: "/metrics", headers: { authorization: `Bearer ${metricsToken}` } })).text,
      isAlive: () => processIsAlive(pid),
      stop: () => (stopping ??= Promise.resolve(inFront?.stop()).then(() => endInTime(server))),
    };
  } catch (error) {
    await proxies?.stop();
    await server.stop();
    throw error;
  }
}

function createLogReader() {
  const seen = { lines: 0, strange: [] as string[] };
  let rest = "";
  return {
    read: (text: string): void => {
      const lines = (rest + text).split("\n");
      rest = lines.pop() ?? "";
      for (const line of lines) {
        seen.lines += 1;
        if (!line.startsWith("{") && seen.strange.length < 1_000) seen.strange.push(line);
      }
    },
    sum: () => seen,
  };
}

function residentMb(pid: number): number {
  const kilobytes = /^VmRSS:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, "utf8"))?.[1];
  return Number(kilobytes ?? Number.NaN) / 1024;
}

/** The grace of accepted requests, and what closing takes after it. */
const endsWithinMs = 20_000;

async function endInTime(server: ServerProcess): Promise<number | null> {
  const began = performance.now();
  if (processIsAlive(server.pid)) process.kill(server.pid, "SIGTERM");
  const ended = await waitUntil(() => !processIsAlive(server.pid), endsWithinMs);
  const tookMs = performance.now() - began;
  // Ends what is still there, and removes its PID file.
  await server.stop();
  return ended ? tookMs : null;
}

const json = { "content-type": "application/json" };

async function signIn(askServer: Target["ask"], origin: string, email: string, password: string): Promise<SiegeUser> {
  const reply = await askServer({
    method: "POST",
    path: "/api/auth/sign-in/email",
    headers: { ...json, origin },
    body: JSON.stringify({ email, password }),
  });
  return { email, password, cookie: cookieOf(reply) };
}

function cookieOf(reply: Reply): string {
  const [line] = reply.headers["set-cookie"] ?? [];
  if (line === undefined) throw new Error(`No session: ${reply.status} ${reply.text.slice(0, 200)}`);
  return line.split(";", 1)[0] ?? "";
}

async function addUser(
  askServer: Target["ask"],
  origin: string,
  admin: SiegeUser,
  role: "viewer" | "operator",
): Promise<SiegeUser> {
  const email = `${role}@siege.example`;
  const call = (path: string, cookie: string, input: object): Promise<Reply> =>
    askServer({
      method: "POST",
      path: `/api/trpc/${path}`,
      headers: { ...json, origin, cookie },
      body: JSON.stringify(input),
    });
  const created = await call("users.create", admin.cookie, { email, name: role, role });
  const temporary = /"temporaryPassword":"([^"]+)"/.exec(created.text)?.[1];
  if (temporary === undefined) throw new Error(`No ${role}: ${created.status} ${created.text.slice(0, 200)}`);
  const first = await signIn(askServer, origin, email, temporary);
  const passwordsInput = { currentPassword: temporary, newPassword: passwords[role] };
  const changed = await call("account.changePassword", first.cookie, passwordsInput);
  return { email, password: passwords[role], cookie: cookieOf(changed) };
}
