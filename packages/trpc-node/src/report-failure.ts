import { traceOf } from "@weir/core/scope";
import type { Exchange } from "./exchange";
import type { Failure, HandlerParts } from "./handler-options";

/** Tells `onError`, and the client, by `x-trace-id`, under which trace this failure is found. Never throws. */
export function reportFailure(
  { res, request }: Exchange,
  parts: HandlerParts,
  failure: Omit<Failure, "requestId">,
): void {
  if (!res.headersSent) res.setHeader("x-trace-id", traceOf(request).traceId);
  parts.onError({ ...failure, requestId: request.id });
}
