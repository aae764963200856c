import pino, { type DestinationStream } from "pino";

export type LogFormat = "auto" | "json" | "pretty";

/** What may wait for a reader that does not read; what comes after is dropped, for nothing may wait for the log. */
const mostBytes = 1_048_576;
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
  const stream = pino.destination({ dest: stderr, sync: false, maxLength: mostBytes });
  const flush = (): void => {
    try {
      stream.flushSync();
    } catch {
      // Not opened yet, or nobody reads.
    }
  };
  return { stream, flush };
}
