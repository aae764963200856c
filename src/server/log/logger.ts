import pino, { type DestinationStream, type Logger } from "pino";
import { currentScope, traceOf } from "@weir/core/scope";
import { printable } from "./printable";
import { redact } from "./redact";

export type { Logger } from "pino";

export const logLevels = ["trace", "debug", "info", "warn", "error", "fatal", "silent"] as const;

export type LogOptions = {
  level: (typeof logLevels)[number];
  nodeId: string;
  /** Takes one line per record. */
  destination: DestinationStream;
};

/** The request being served: taken from the scope, so callers do not have to pass it. */
function whom(): Record<string, unknown> {
  const scope = currentScope();
  if (scope === undefined) return {};
  const { request, procedure } = scope;
  return { requestId: request.id, ...(procedure !== null && { procedure }), traceId: traceOf(request).traceId };
}

/**
 * One JSON object per line: `level` as a word, `time` in ISO form, `nodeId`, then request ID, procedure and trace ID
 * within a request, the given fields, and `msg`. The given fields pass through `redact`.
 */
export function createLogger({ level, nodeId, destination }: LogOptions): Logger {
  return pino(
    {
      level,
      base: { nodeId },
      timestamp: pino.stdTimeFunctions.isoTime,
      mixin: whom,
      formatters: { level: (label) => ({ level: label }), log: redact },
      // `redact` has described it.
      serializers: { err: (described: unknown) => described },
    },
    destination,
  );
}

export type LogFormat = "auto" | "json" | "pretty";

/** Maximum buffer for a reader that does not read. Further records are dropped, because nothing may wait for the log. */
const maxBytes = 1_048_576;
const stderr = 2;

export type LogDestination = {
  stream: DestinationStream;
  isJson: boolean;
  /** Flushes the buffer before the process ends. */
  flush: () => void;
};

async function openPretty(isTerminal: boolean): Promise<DestinationStream | null> {
  try {
    // A package for development: an installation without it logs JSON.
    const { default: pretty } = await import("pino-pretty");
    return pretty({
      destination: stderr,
      sync: true,
      colorize: isTerminal,
      ignore: "nodeId",
      translateTime: "SYS:HH:MM:ss.l",
    });
  } catch {
    return null;
  }
}

/**
 * Opens stderr for the log. `auto` is `pretty` in development and on a terminal, and JSON elsewhere; `pretty` falls
 * back to JSON where the package pino-pretty is not installed. Writing JSON never blocks.
 */
export async function openLogDestination(
  format: LogFormat,
  { isTerminal, isDevelopment }: { isTerminal: boolean; isDevelopment: boolean },
): Promise<LogDestination> {
  const isForPeople = format === "pretty" || (format === "auto" && (isTerminal || isDevelopment));
  const pretty = isForPeople ? await openPretty(isTerminal) : null;
  if (pretty !== null) return { stream: pretty, isJson: false, flush: () => undefined };
  const stream = pino.destination({ dest: stderr, sync: false, maxLength: maxBytes });
  const flush = (): void => {
    try {
      stream.flushSync();
    } catch {
      // Not opened yet, or without a reader.
    }
  };
  return { stream, isJson: true, flush };
}

export type Announcer = {
  /** Progress and results. */
  say: (line: string) => void;
  /** Problems. */
  complain: (line: string, error?: unknown) => void;
  /** Secrets such as a first password, which must never reach the log. */
  whisper: (line: string) => void;
};

type Print = { out: (line: string) => void; err: (line: string) => void };

/**
 * Prints plain lines for the user at the terminal: results on stdout, the log and problems on stderr. With the format
 * `json` everything becomes log records, except secrets.
 */
export function createAnnouncer(
  format: LogFormat,
  log: Logger,
  // Not through the console, which `logStrayOutput` replaces.
  print: Print = {
    out: (line) => void process.stdout.write(`${line}\n`),
    err: (line) => void process.stderr.write(`${line}\n`),
  },
): Announcer {
  const whisper = (line: string): void => print.out(`weir  ${printable(line)}`);
  if (format !== "json") return { say: whisper, complain: (line) => print.err(`weir  ${printable(line)}`), whisper };
  return {
    say: (line) => log.info(line),
    complain: (line, error) => (error instanceof Error ? log.error({ err: error }, line) : log.error(line)),
    whisper,
  };
}
