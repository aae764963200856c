import { describeError } from "./error-record";
import { hideCredentials, redacted } from "./redact-text";

/** Names under which secrets travel, and those under which drivers keep the values of a statement or a command. */
const secretNames =
  /^(?:proxy-)?authorization$|cookie|passw(?:or)?d|passphrase|secret|token|api[-_]?key|credential|^(?:params|parameters|args|values?)$/i;

const deepest = 5;
const mostItems = 50;
const longestText = 4_000;

function redactValue(value: unknown, depth: number): unknown {
  if (typeof value === "string") return hideCredentials(value.slice(0, longestText));
  if (typeof value === "bigint") return String(value);
  if (typeof value !== "object" || value === null) return value;
  if (value instanceof Error) return describeError(value);
  if (value instanceof Date) return value;
  if (depth >= deepest) return "[deeper]";
  if (ArrayBuffer.isView(value)) return `[${value.byteLength} bytes]`;
  if (Array.isArray(value)) return value.slice(0, mostItems).map((item) => redactValue(item, depth + 1));
  return redactFields(value, depth + 1);
}

function redactFields(fields: object, depth: number): Record<string, unknown> {
  const safe: Record<string, unknown> = {};
  for (const [name, value] of Object.entries(fields).slice(0, mostItems)) {
    safe[name] = secretNames.test(name) ? redacted : redactValue(value, depth);
  }
  return safe;
}

/**
 * A copy of what is to be logged, without secrets: nothing stands under a name of one, at whatever depth, errors keep
 * what `describeError` names, and texts lose credentials. Bounded in depth, breadth and length.
 */
export function redact(fields: object): Record<string, unknown> {
  return redactFields(fields, 0);
}
