import type { IncomingMessage } from "node:http";
import type { RequestScope } from "@weir/core/scope";

/** Names the request, with the headers that say which trace it belongs to; nothing of them is read before somebody asks. */
export function requestScope({ headers }: IncomingMessage, id: string): RequestScope {
  // Typed as a list too, which Node makes of cookies only: what is said twice is joined by commas.
  const { traceparent, tracestate } = headers as Record<string, string | undefined>;
  return { id, traceparent, tracestate, spans: null };
}
