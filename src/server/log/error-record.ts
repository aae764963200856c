import { hideCredentials } from "./redact-text";

/** What the log says of an error. Only these: drivers hang statements, parameters and commands on theirs. */
export type ErrorRecord = { type: string; message: string; code?: string; stack?: string; cause?: ErrorRecord };

const mostCauses = 4;
const longestMessage = 2_000;
const mostFrames = 30;

/** Where libraries quote values of their callers in what they say, and what stands there instead. */
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
  return hideCredentials(unquoted.slice(0, longestMessage));
}

/** The frames only: what stands above them is the message again, as the library wrote it. */
function framesOf(stack: string | undefined): string[] {
  const frames = (stack ?? "").split("\n").filter((line) => /^\s+at /.test(line));
  return frames.slice(0, mostFrames);
}

/** Describes an error and what caused it, without the values that it was about. */
export function describeError(error: Error, depth = 0): ErrorRecord {
  const type = error.name;
  const message = safeMessage(error.message);
  const record: ErrorRecord = { type, message };
  if ("code" in error && typeof error.code === "string") record.code = error.code;
  record.stack = [`${type}: ${message}`, ...framesOf(error.stack)].join("\n");
  if (error.cause instanceof Error && depth < mostCauses) record.cause = describeError(error.cause, depth + 1);
  return record;
}
