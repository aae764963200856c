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
