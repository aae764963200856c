import { WeirError } from "@weir/core/errors";
import { AdvisorError } from "./errors";
import { DatabaseError } from "@weir/postgres/errors";

type Reported = { code: string; message: string };

function reportedBy(error: unknown): Reported | null {
  if (typeof error !== "object" || error === null || !("code" in error) || !("message" in error)) return null;
  const { code, message } = error;
  return typeof code === "string" && /^[\dA-Z]{5}$/.test(code) ? { code, message: String(message) } : null;
}

/** What else there is to say about some of Postgres' errors. */
const cures: Readonly<Record<string, string>> = {
  "42P18": "Write the type of the placeholder, such as $1::int.",
  "42P08": "Write the type of the placeholder, such as $1::int.",
  "42725": "Write the type of the placeholder, such as $1::int.",
  "42501": "The role that Weir connects with may not read all of its tables.",
  "42P01": "The text was recorded in another schema, or before a migration.",
};

/**
 * What a caller is told when Postgres has no plan. With `hasValues` the message is left out: it may repeat a value that
 * somebody sent.
 */
export function toExplainFailure(error: unknown, { hasValues }: { hasValues: boolean }): unknown {
  const reported = error instanceof WeirError ? null : reportedBy(error);
  if (reported === null) return error;
  const { code, message } = reported;
  if (code === "55P03") {
    return new DatabaseError("DATABASE_TIMEOUT", { detail: "A table was locked by another statement.", cause: error });
  }
  const said = hasValues ? `Postgres said ${code}.` : `Postgres said ${code}: ${message}.`;
  const detail = [said, cures[code] ?? ""].join(" ").trim();
  return new AdvisorError("STATEMENT_NOT_EXPLAINABLE", { detail, cause: error });
}
