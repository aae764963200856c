/** What connections may assume of their sessions. */
export type Pooling = {
  /**
   * False behind a pooler in transaction mode: there each transaction, and each statement outside of one, runs in any
   * session of the server, which other clients use as well. Nothing may be kept in a session then: no settings, no
   * temporary tables, no LISTEN, no advisory locks.
   */
  readonly ownsSession: boolean;
  /** Whether statements may be prepared under a name. */
  readonly prepares: boolean;
};

export const ownSession: Pooling = { ownsSession: true, prepares: true };

/**
 * Settings of each session, sent at its start because a database or a role may have other defaults: the
 * format of values, how literals and NULL in arrays are parsed, and limits. The names are
 * Postgres'.
 */
export const sessionSettings: Readonly<Record<string, string>> = {
  DateStyle: "ISO, MDY",
  IntervalStyle: "postgres",
  TimeZone: "UTC",
  bytea_output: "hex",
  extra_float_digits: "1",
  standard_conforming_strings: "on",
  array_nulls: "on",
  transform_null_equals: "off",
  quote_all_identifiers: "off",
  default_transaction_isolation: "read committed",
  // Limits that the caller sets itself, or not at all: a pool keeps sessions that are idle.
  statement_timeout: "0",
  lock_timeout: "0",
  idle_session_timeout: "0",
};

/** Those that every pooler accepts at the start of a connection. PgBouncer gives each of its clients its own values. */
export const carriedSettings: Readonly<Record<string, string>> = Object.fromEntries(
  ["DateStyle", "TimeZone", "standard_conforming_strings"].map((name) => [name, sessionSettings[name] ?? ""]),
);

/** What a connection sends at its start: `own` as well, in a session of its own. */
export function startupSettings(
  { ownsSession }: Pooling,
  applicationName: string,
  own: Readonly<Record<string, string | number>>,
): Record<string, string | number> {
  if (!ownsSession) return { ...carriedSettings, application_name: applicationName };
  return { ...sessionSettings, ...own, application_name: applicationName };
}

const literal = (text: string): string => `'${text.replaceAll("'", "''")}'`;

/** The schemas of a search path as literals: unquoted names are folded to lower case. */
const pathOf = (value: string): string =>
  value
    .split(",")
    .map((name) => name.trim())
    .map((name) => literal(/^".*"$/.test(name) ? name.slice(1, -1) : name.toLowerCase()))
    .join(", ");

/**
 * The commands that give a transaction in a shared session the settings that a session of one's own has from its start.
 * They end with the transaction. No command takes a snapshot, so the isolation level may still be changed.
 */
export function localSettings(own: Readonly<Record<string, string>>): string {
  return Object.entries({ ...sessionSettings, ...own })
    .filter(([name]) => name !== "default_transaction_isolation" && name !== "idle_session_timeout")
    .map(([name, value]) => `set local ${name} = ${name === "search_path" ? pathOf(value) : literal(value)}`)
    .join("; ");
}
