import { readFileSync } from "node:fs";
import type { ConnectionOptions as TlsOptions } from "node:tls";
import { DatabaseError } from "../errors";

/** A URL as the driver's options. */
export type Address = {
  url: string;
  /** A URL for each host, in their order, with all parameters. */
  hosts: string[];
  /** What a host must be, of several; a single one is what it is. */
  target: Target;
  ssl: boolean | "require" | "prefer" | TlsOptions;
  /** Settings of the session. */
  settings: Record<string, string>;
  /** Parameters that have no effect here, each with the reason. */
  ignored: string[];
};

const targets = ["read-write", "primary", "any"] as const;
type Target = (typeof targets)[number];

const isPool = "DATABASE_POOL_MAX sets the pool size";
const isOurs = "Weir sets its own limits";
/** Parameters of Prisma, Supabase, Neon and libpq that Postgres itself refuses as unknown settings. */
const withoutEffect: Readonly<Record<string, string>> = {
  connection_limit: isPool,
  pool_timeout: isPool,
  pgbouncer: "poolers are detected; DATABASE_POOLER overrides that",
  statement_cache_size: "the gate names its prepared statements itself",
  supa: "it is for the server's own statistics",
  channel_binding: "the driver signs in without it",
  gssencmode: "the driver does not speak GSSAPI",
  require_auth: "the driver uses the method that the server requests",
  connect_timeout: isOurs,
  socket_timeout: isOurs,
  keepalives: isOurs,
  keepalives_idle: isOurs,
  application_name: "each node sets its own name",
  sslaccept: "use sslmode",
  sslidentity: "use sslmode",
};

const modes = ["disable", "allow", "prefer", "require", "verify-ca", "verify-full", "no-verify"];

const beforeHosts = /^([a-z]+:\/\/(?:[^@/?]*@)?)([^/?]*)/i;
/** By its place: a user or a password may have the name of a host. */
const withHosts = (url: string, hosts: string): string =>
  url.replace(beforeHosts, (_all, head: string) => head + hosts);

/**
 * Reads a URL of Postgres as libpq, Prisma, Supabase and Neon write it, with one host or several, of which `chooseHost`
 * takes one. Throws DATABASE_UNSUITABLE for an unknown `sslmode`, a `target_session_attrs` that would lead to a standby, and
 * a certificate that cannot be read, and a TypeError for an invalid URL.
 */
export function readAddress(given: string): Address {
  const hosts = beforeHosts.exec(given)?.[2] ?? "";
  const [host = ""] = hosts.split(",");
  const url = new URL(hosts === host ? given : withHosts(given, host));
  const take = (name: string): string | null => {
    const value = url.searchParams.get(name);
    url.searchParams.delete(name);
    return value;
  };
  const ignored = Object.entries(withoutEffect).flatMap(([name, why]) =>
    take(name) === null ? [] : [`${name} (${why})`],
  );
  const schema = take("schema");
  const ssl = readTls({
    mode: take("sslmode") ?? take("ssl"),
    root: take("sslrootcert"),
    cert: take("sslcert"),
    key: take("sslkey"),
  });
  const target = readTarget(take("target_session_attrs"));
  return {
    url: hosts === host ? url.href : withHosts(url.href, hosts),
    hosts: hosts.split(",").map((one) => (hosts === host ? given : withHosts(given, one))),
    target,
    ssl,
    settings: schema === null ? {} : { search_path: schema },
    ignored,
  };
}

/** Of several hosts the default is that which Weir needs; in libpq it is `any`. */
function readTarget(given: string | null): Target {
  if (given === null) return "read-write";
  const target = targets.find((known) => known === given);
  if (target !== undefined) return target;
  throw new DatabaseError("DATABASE_UNSUITABLE", {
    detail: `DATABASE_URL: target_session_attrs must be ${targets.join(", ").replace(/, (\w+)$/, " or $1")}; got ${given}. Weir writes.`,
  });
}

type Tls = { mode: string | null; root: string | null; cert: string | null; key: string | null };

function readTls({ mode: given, root, cert, key }: Tls): Address["ssl"] {
  const mode =
    given === "true"
      ? "require"
      : given === "false"
        ? "disable"
        : (given ?? (root === "system" ? "verify-full" : "disable"));
  if (!modes.includes(mode)) {
    throw new DatabaseError("DATABASE_UNSUITABLE", {
      detail: `DATABASE_URL: sslmode must be one of ${modes.join(", ")}; got ${mode}.`,
    });
  }
  if (mode === "disable") return false;
  if (mode === "allow" || mode === "prefer") return "prefer";
  const authority = root === null || root === "system" ? {} : { ca: readPem("sslrootcert", root) };
  const own = cert === null || key === null ? {} : { cert: readPem("sslcert", cert), key: readPem("sslkey", key) };
  // As in libpq: with an authority that is named, the certificate has to be signed by it.
  const verifies = mode === "verify-full" || mode === "verify-ca" || (mode === "require" && root !== null);
  if (!verifies) return { ...own, rejectUnauthorized: false };
  const ofAnyHost = mode === "verify-full" ? {} : { checkServerIdentity: () => undefined };
  return { ...authority, ...own, ...ofAnyHost, rejectUnauthorized: true };
}

function readPem(parameter: string, path: string): Buffer {
  try {
    return readFileSync(path);
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new DatabaseError("DATABASE_UNSUITABLE", { detail: `DATABASE_URL: ${parameter}: ${reason}.`, cause });
  }
}
