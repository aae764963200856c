import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync } from "node:fs";
import { chmod, mkdtemp, rm, writeFile } from "node:fs/promises";
import { connect } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { freePort, runProgram, waitUntil } from "@weir/embedded/processes";

const program = "/usr/sbin/pgbouncer";

export const hasPgBouncer = existsSync(program);

/** Of the installed one: `1.18`. From 1.21 on it can keep prepared statements in transaction mode. */
export async function versionOfPgBouncer(): Promise<string> {
  const { output } = await runProgram(program, ["--version"]);
  return /PgBouncer (\d+\.\d+)/.exec(output)?.[1] ?? "unknown";
}

/** Session settings that PgBouncer rejects unless it is told to ignore them. docs/operations.md lists them. */
export const ignoredSettings = [
  "IntervalStyle",
  "bytea_output",
  "extra_float_digits",
  "array_nulls",
  "transform_null_equals",
  "quote_all_identifiers",
  "default_transaction_isolation",
  "statement_timeout",
  "lock_timeout",
  "idle_session_timeout",
  "idle_in_transaction_session_timeout",
];

export type PgBouncerOptions = {
  mode: "transaction" | "session" | "statement";
  /** Sessions of the server; 20 by default. */
  poolSize?: number;
  /** Further lines of its configuration. */
  more?: string;
};

/** A real PgBouncer, and the URL of the server with its address. */
export type PgBouncer = { url: string; [Symbol.asyncDispose]: () => Promise<void> };

/** Starts PgBouncer on a free port in front of a server, for every database and with the user of the URL. */
export async function startPgBouncer(serverUrl: string, options: PgBouncerOptions): Promise<PgBouncer> {
  const folder = await mkdtemp(join(tmpdir(), "weir-pooler-"));
  await chmod(folder, 0o755);
  const port = await freePort();
  const { hostname, port: serverPort, username, password } = new URL(serverUrl);
  const file = join(folder, "pgbouncer.ini");
  await writeFile(
    file,
    `[databases]
* = host=${hostname} port=${serverPort} user=${username} password=${decodeURIComponent(password)}
[pgbouncer]
listen_addr = 127.0.0.1
listen_port = ${port}
unix_socket_dir =
auth_type = any
pool_mode = ${options.mode}
default_pool_size = ${options.poolSize ?? 20}
${options.more ?? ""}
`,
  );
  // It refuses to run as root.
  const asUser = process.getuid?.() === 0 ? ["-u", "nobody"] : [];
  const child = spawn(program, [...asUser, "-q", file], { stdio: "ignore" });
  const ended = once(child, "exit");
  await waitUntil(() => accepts(port), 10_000);
  return {
    url: Object.assign(new URL(serverUrl), { port: String(port) }).href,
    [Symbol.asyncDispose]: async () => {
      child.kill("SIGKILL");
      await ended;
      await rm(folder, { recursive: true });
    },
  };
}

const accepts = (port: number): Promise<boolean> =>
  new Promise((resolve) => {
    const socket = connect(port, "127.0.0.1", () => resolve(true)).once("error", () => resolve(false));
    socket.once("connect", () => socket.destroy());
  });
