import { getTRPCErrorFromUnknown, getTRPCErrorShape, transformTRPCResponse, type TRPCError } from "@trpc/server";
import { WeirError } from "@weir/core/errors";
import { traceOf } from "@weir/core/scope";
import type { Exchange, Failure, HandlerParts } from "../handler-options";
import { publishRequestEnd } from "../observe";

/**
 * Reports a failure to `onError`, and sends the client its trace in `x-trace-id` and, if the error has a retry
 * time, `Retry-After`. Never throws.
 */
export function reportFailure(
  { res, request }: Exchange,
  parts: HandlerParts,
  failure: Omit<Failure, "requestId">,
): void {
  if (!res.headersSent) {
    res.setHeader("x-trace-id", traceOf(request).traceId);
    const { cause } = failure.error;
    const seconds = cause instanceof WeirError ? cause.facts.retryAfterSeconds : undefined;
    if (seconds !== undefined) res.setHeader("retry-after", String(seconds));
  }
  parts.onError({ ...failure, requestId: request.id });
}

/**
 * The last resort, when a response could neither be made nor sent: sends what tRPC's adapter sends then, a bare body
 * without a content type. Ends a response that has begun. Never throws.
 */
export function sendFailure(cause: unknown, exchange: Exchange, parts: HandlerParts): void {
  const { req, res } = exchange;
  const error = getTRPCErrorFromUnknown(cause);
  const shape = shapeOf(error, parts);
  reportFailure(exchange, parts, { req, error, type: "unknown", path: undefined, input: undefined, ctx: undefined });
  publishRequestEnd(exchange, 1);
  if (res.headersSent) {
    res.end();
    return;
  }
  const status: unknown = shape?.data?.httpStatus;
  res.statusCode = typeof status === "number" && status >= 200 && status <= 599 ? Math.trunc(status) : 500;
  res.end(bodyOf(shape, parts));
}

/** Sent for an error that cannot be formatted; it says nothing about the error. */
const unformattable = {
  code: -32_603,
  message: "Internal server error",
  data: { code: "INTERNAL_SERVER_ERROR", httpStatus: 500 },
} as const;

function shapeOf(error: TRPCError, { router }: HandlerParts): typeof unformattable {
  const type = "unknown";
  const nothing = { path: undefined, input: undefined, ctx: undefined };
  try {
    // An error formatter may return anything; each member is checked where it is read.
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
