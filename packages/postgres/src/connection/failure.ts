import postgres from "postgres";
import { WeirError } from "@weir/core/errors";
import { DatabaseError } from "../errors";
import { noSuitableHost } from "./refusal";

const unreachableCodes = new Set([
  // postgres.js
  "CONNECTION_CLOSED",
  "CONNECTION_DESTROYED",
  "CONNECTION_ENDED",
  "CONNECT_TIMEOUT",
  noSuitableHost,
  // Node
  "EAI_AGAIN",
  "ECONNREFUSED",
  "ECONNRESET",
  "EHOSTUNREACH",
  "ENETUNREACH",
  "ENOENT",
  "ENOTFOUND",
  "EPIPE",
  "ETIMEDOUT",
  // Postgres: too many connections, shutting down, crashed, starting up
  "53300",
  "57P01",
  "57P02",
  "57P03",
]);

/** Ended by the server after a time limit: `statement_timeout`, `idle_in_transaction_session_timeout`. */
const timeoutCodes = new Set(["57014", "25P03"]);

function codeOf(error: unknown): string | null {
  if (typeof error !== "object" || error === null || !("code" in error)) return null;
  return typeof error.code === "string" ? error.code : null;
}

/**
 * Whether the server refused a write because the session is read-only: after a failover the session may be with a former
 * primary, or with a standby, and it stays there until it ends.
 */
export function isReadOnlyRefusal(error: unknown): boolean {
  return codeOf(error) === "25006";
}

/**
 * Maps the error of a failed statement: to DATABASE_UNAVAILABLE when the server could not be reached, to
 * DATABASE_TIMEOUT when the server ended the statement. Other errors, such as constraint violations, are returned as they
 * are.
 */
export function toDatabaseError(error: unknown): unknown {
  const code = codeOf(error);
  if (code === null || error instanceof WeirError) return error;
  if (timeoutCodes.has(code)) return new DatabaseError("DATABASE_TIMEOUT", { cause: error });
  const isUnreachable = unreachableCodes.has(code) || code.startsWith("08");
  return isUnreachable ? new DatabaseError("DATABASE_UNAVAILABLE", { cause: error }) : error;
}

/** Whether Postgres itself reported the error, over a connection that still works. */
export function leavesConnectionUsable(error: unknown): boolean {
  return error instanceof postgres.PostgresError && (error.severity ?? error.severity_local) === "ERROR";
}
