/** Field names that carry secrets, and those in which drivers keep the values of a statement or a command. */
const secretNames =
  /^(?:proxy-)?authorization$|cookie|passw(?:or)?d|passphrase|secret|token|api[-_]?key|credential|^(?:params|parameters|args|values?)$/i;

const deepest = 5;
const maxItems = 50;
const maxTextLength = 4_000;

function redactValue(value: unknown, depth: number): unknown {
  if (typeof value === "string") return hideCredentials(value.slice(0, maxTextLength));
  if (typeof value === "bigint") return String(value);
  if (typeof value !== "object" || value === null) return value;
  if (value instanceof Error) return describeError(value);
  if (value instanceof Date) return value;
  if (depth >= deepest) return "[deeper]";
  if (ArrayBuffer.isView(value)) return `[${value.byteLength} bytes]`;
  if (Array.isArray(value)) return value.slice(0, maxItems).map((item) => redactValue(item, depth + 1));
  return redactFields(value, depth + 1);
}

function redactFields(fields: object, depth: number): Record<string, unknown> {
  const safe: Record<string, unknown> = {};
  for (const [name, value] of Object.entries(fields).slice(0, maxItems)) {
    safe[name] = secretNames.test(name) ? redacted : redactValue(value, depth);
  }
  return safe;
}

/**
 * A copy of the given fields for the log, without secrets: secret fields are redacted at any depth, errors are reduced
 * to what `describeError` returns, and texts lose credentials. Bounded in depth, breadth and length.
 */
export function redact(fields: object): Record<string, unknown> {
  return redactFields(fields, 0);
}

/** The logged fields of an error. No others: drivers attach statements, parameters and commands to their errors. */
export type ErrorRecord = { type: string; message: string; code?: string; stack?: string; cause?: ErrorRecord };

const maxCauses = 4;
const maxMessageLength = 2_000;
const maxFrames = 30;

/** Patterns where libraries quote caller values in error messages, with their replacements. */
const quotes: readonly (readonly [RegExp, string])[] = [
  // Drizzle lists the parameters after the statement.
  [/\nparams:[^]*$/, ""],
  // Postgres: invalid input syntax for type integer: "…"
  [/: "[^]*"$/, ': "[redacted]"'],
  // V8: Unexpected token 'x', "…" is not valid JSON
  [/,? ?(?:\.\.\.)?"[^]*"(?:\.\.\.)? is not valid JSON$/, " in what is not valid JSON"],
  // Redis: unknown command 'X', with args beginning with: '…'
  [/, with args beginning with:[^]*$/, ""],
];

function safeMessage(message: string): string {
  const unquoted = quotes.reduce((text, [quote, instead]) => text.replace(quote, instead), message);
  return hideCredentials(unquoted.slice(0, maxMessageLength));
}

/** The stack frames only: the lines above repeat the original message. */
function framesOf(stack: string | undefined): string[] {
  const frames = (stack ?? "").split("\n").filter((line) => /^\s+at /.test(line));
  return frames.slice(0, maxFrames);
}

/** Describes an error and its causes, without the values involved. */
function describeError(error: Error, depth = 0): ErrorRecord {
  const type = error.name;
  const message = safeMessage(error.message);
  const record: ErrorRecord = { type, message };
  if ("code" in error && typeof error.code === "string") record.code = error.code;
  record.stack = [`${type}: ${message}`, ...framesOf(error.stack)].join("\n");
  if (error.cause instanceof Error && depth < maxCauses) record.cause = describeError(error.cause, depth + 1);
  return record;
}

const redacted = "[redacted]";

const rules: readonly (readonly [RegExp, string])[] = [
  // postgres://user:password@host
  [/(:\/\/[^/\s:@]*):[^/\s@]+@/g, `$1:${redacted}@`],
  [/\b(Bearer|Basic) +[\w.~+/=-]+/gi, `$1 ${redacted}`],
];

/** The text without passwords in URLs and without what follows `Bearer` and `Basic`. */
function hideCredentials(text: string): string {
  return rules.reduce((rest, [secret, instead]) => rest.replaceAll(secret, instead), text);
}
