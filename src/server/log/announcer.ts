import type { LogFormat } from "./destination";
import type { Logger } from "./logger";

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
