import { createHTTPHandler } from "@trpc/server/adapters/standalone";
import type { ResponseMeta } from "@trpc/server/http";
import type { Exchange } from "./exchange";
import type { HandlerParts } from "./handler-options";
import type { Refusal } from "./limits";
import { refuse } from "./refuse";
import { serverTiming } from "./server-timing";

/** The headers with one more, in the form they came in: tRPC adds the two forms differently. */
function withHeader(meta: ResponseMeta, name: string, value: string): ResponseMeta {
  if (!(meta.headers instanceof Headers)) return { ...meta, headers: { ...meta.headers, [name]: value } };
  const headers = new Headers(meta.headers);
  headers.set(name, value);
  return { ...meta, headers };
}

/** What the Fetch API has no `Request` for, so that the adapter could only fail; null for all others. */
function refuseForeign({ req }: Exchange): Refusal | null {
  if (req.method === "TRACE") {
    const message = "TRACE is not supported.";
    return { status: 405, code: "METHOD_NOT_SUPPORTED", message, headers: { allow: "GET, POST" } };
  }
  const base = `http://${req.headers.host ?? "localhost"}`;
  if (!URL.canParse(req.url ?? "/", base)) return null;
  const { username, password } = new URL(req.url ?? "/", base);
  if (username === "" && password === "") return null;
  return { status: 400, code: "BAD_REQUEST", message: "The URL must not hold credentials." };
}

/** Hands a request to tRPC's own adapter: streams, subscriptions, lazy routers, and everything unusual. */
export function adapt(exchange: Exchange, parts: HandlerParts): void {
  const { req, res, request, startedAt } = exchange;
  const refusal = refuseForeign(exchange);
  if (refusal !== null) return refuse(req, res, refusal);
  const { limits, onError, responseMeta, ...shared } = parts;
  res.setHeader("cache-control", "no-cache");
  createHTTPHandler({
    ...shared,
    maxBatchSize: limits.batchLength,
    maxBodySize: limits.bodyBytes,
    responseMeta: (answer) =>
      withHeader(responseMeta?.(answer) ?? {}, "server-timing", serverTiming(request, performance.now() - startedAt)),
    onError: (failure) => onError({ ...failure, requestId: request.id }),
  })(req, res);
}
