import pino, { type DestinationStream, type Logger } from "pino";
import { currentScope, traceOf } from "@weir/core/scope";
import { redact } from "./redact";

export type { Logger } from "pino";

export const logLevels = ["trace", "debug", "info", "warn", "error", "fatal", "silent"] as const;

export type LogOptions = {
  level: (typeof logLevels)[number];
  nodeId: string;
  /** Takes one line per record. */
  destination: DestinationStream;
};

/** Who was being served: taken from the scope, so that whoever logs does not have to know. */
function whom(): Record<string, unknown> {
  const scope = currentScope();
  if (scope === undefined) return {};
  const { request, procedure } = scope;
  return { requestId: request.id, ...(procedure !== null && { procedure }), traceId: traceOf(request).traceId };
}

/**
 * One JSON object per line: `level` as a word, `time` in ISO form, `nodeId`, then request id, procedure and trace id
 * where there is a request, what was given, and `msg`. What was given passes `redact`.
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

/** What may wait for a reader that does not read; what comes after is dropped, for nothing may wait for the log. */
const maxBytes = 1_048_576;
const stderr = 2;

export type LogDestination = {
  stream: DestinationStream;
  /** Writes what waits, before the process ends. */
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
 * Opens stderr for the log. `auto` is for people where people read, in development and on a terminal, and JSON elsewhere;
 * `pretty` falls back to JSON where the package pino-pretty is not installed. Writing JSON never blocks.
 */
export async function openLogDestination(
  format: LogFormat,
  { isTerminal, isDevelopment }: { isTerminal: boolean; isDevelopment: boolean },
): Promise<LogDestination> {
  const isForPeople = format === "pretty" || (format === "auto" && (isTerminal || isDevelopment));
  const pretty = isForPeople ? await openPretty(isTerminal) : null;
  if (pretty !== null) return { stream: pretty, flush: () => undefined };
  const stream = pino.destination({ dest: stderr, sync: false, maxLength: maxBytes });
  const flush = (): void => {
    try {
      stream.flushSync();
    } catch {
      // Not opened yet, or nobody reads.
    }
  };
  return { stream, flush };
}

export type Announcer = {
  /** What goes as planned. */
  say: (line: string) => void;
  /** What does not. */
  complain: (line: string, error?: unknown) => void;
  /** What only a person may see, and the log never. */
  whisper: (line: string) => void;
};

type Print = { out: (line: string) => void; err: (line: string) => void };

/**
 * Speaks to whoever started the program, in plain lines: stdout is for people, stderr for the log and for troubles. With
 * the format `json` all of it is records of the log, but what is whispered.
 */
export function createAnnouncer(
  format: LogFormat,
  log: Logger,
  print: Print = { out: (line) => console.log(line), err: (line) => console.error(line) },
): Announcer {
  const whisper = (line: string): void => print.out(`weir  ${line}`);
  if (format !== "json") return { say: whisper, complain: (line) => print.err(`weir  ${line}`), whisper };
  return {
    say: (line) => log.info(line),
    complain: (line, error) => (error instanceof Error ? log.error({ err: error }, line) : log.error(line)),
    whisper,
  };
}
