import { parseArgs } from "node:util";

const usage = `Usage: npm start [-- --role all|api|dashboard]

Serves the pages, the tRPC API, health and metrics on HOST:PORT (127.0.0.1:3000).

  --role all         everything (default)
  --role api         without the pages; Next is never loaded
  --role dashboard   the dashboard of other applications: /admin and sign-in, no feature

Postgres and Redis are started in DATA_DIR (.data) unless DATABASE_URL, REDIS_URL and
QUEUE_REDIS_URL name others. A dashboard starts none: it uses those of the applications that it
shows, with their KEY_PREFIX. Every variable is described in .env.example.`;

const roles = ["all", "api", "dashboard"] as const;
export type Role = (typeof roles)[number];

const isRole = (text: string): text is Role => roles.some((role) => role === text);

/** The role that was asked for; ends the program for `--help` and, after a complaint, for what it does not know. */
export function readArguments(complain: (line: string) => void): Role {
  try {
    const { values } = parseArgs({ options: { help: { type: "boolean", short: "h" }, role: { type: "string" } } });
    if (values.help === true) {
      console.log(usage);
      process.exit(0);
    }
    const { role = "all" } = values;
    if (isRole(role)) return role;
    complain(`--role must be all, api or dashboard; this is ${JSON.stringify(role)}.\n\n${usage}`);
  } catch (error) {
    complain(`${error instanceof Error ? error.message : String(error)}\n\n${usage}`);
  }
  process.exit(2);
}
