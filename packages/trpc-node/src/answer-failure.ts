import { getTRPCErrorFromUnknown, getTRPCErrorShape, transformTRPCResponse, type TRPCError } from "@trpc/server";
import type { Exchange } from "./exchange";
import type { HandlerParts } from "./handler-options";
import { reportFailure } from "./report-failure";
import { publishRequestEnd } from "./request-end";

/** What the client gets when its error cannot be formatted: it says nothing about the error. */
const unformattable = {
  code: -32_603,
  message: "Internal server error",
  data: { code: "INTERNAL_SERVER_ERROR", httpStatus: 500 },
} as const;

function shapeOf(error: TRPCError, { router }: HandlerParts): typeof unformattable {
  const type = "unknown";
  const nothing = { path: undefined, input: undefined, ctx: undefined };
  try {
    // An error formatter may return anything; what is read of it is checked where it is read.
    return getTRPCErrorShape({ config: router._def._config, error, type, ...nothing }) as typeof unformattable;
  } catch {
    return unformattable;
  }
}

function bodyOf(shape: typeof unformattable, { router }: HandlerParts): string {
  try {
    return JSON.stringify(transformTRPCResponse(router._def._config, { error: shape }));
  } catch {
    return JSON.stringify({ error: unformattable });
  }
}

/**
 * The last resort, when an answer could neither be made nor sent: answers what tRPC's adapter answers then, a bare body
 * without a content type. Where an answer has begun, it is ended. Never throws.
 */
export function answerFailure(cause: unknown, exchange: Exchange, parts: HandlerParts): void {
  const { req, res } = exchange;
  const error = getTRPCErrorFromUnknown(cause);
  const shape = shapeOf(error, parts);
  reportFailure(exchange, parts, {
    req,
    error,
    type: "unknown",
    path: undefined,
    input: undefined,
    ctx: undefined,
  });
  publishRequestEnd(exchange, 1);
  if (res.headersSent) {
    res.end();
    return;
  }
  const status: unknown = shape?.data?.httpStatus;
  res.statusCode = typeof status === "number" && status >= 200 && status <= 599 ? Math.trunc(status) : 500;
  res.end(bodyOf(shape, parts));
}
