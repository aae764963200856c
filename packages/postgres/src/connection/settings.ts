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
